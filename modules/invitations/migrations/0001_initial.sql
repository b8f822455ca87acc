-- Invitations to be a client, one per person and occasion, and the secrets of the links mailed for them.

CREATE TABLE client_invitations (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    -- In lower case, as addresses are compared.
    email text NOT NULL CHECK (email = lower(email COLLATE "C") AND length(email) BETWEEN 3 AND 254),
    name varchar(200) CHECK (name <> ''),
    -- Whose file it is about: at once where they are on the list, else from the acceptance on.
    client_id uuid,
    invited_by uuid REFERENCES accounts (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at timestamptz NOT NULL DEFAULT now(),
    times_sent integer NOT NULL DEFAULT 1 CHECK (times_sent > 0),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    revoked_at timestamptz,
    UNIQUE (business_id, id),
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE,
    CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);
-- Inviting somebody again renews the invitation that is open; there are never two.
CREATE UNIQUE INDEX client_invitations_open ON client_invitations (business_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
CREATE INDEX client_invitations_by_age ON client_invitations (business_id, created_at, id);
CREATE INDEX client_invitations_by_client ON client_invitations (business_id, client_id);
CREATE INDEX client_invitations_invited_by ON client_invitations (invited_by);

-- A secret is made when its mail is written, so an invitation that was mailed twice has two.
CREATE TABLE client_invitation_links (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),
    business_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (business_id, invitation_id) REFERENCES client_invitations (business_id, id) ON DELETE CASCADE
);
CREATE INDEX client_invitation_links_by_invitation ON client_invitation_links (business_id, invitation_id);
