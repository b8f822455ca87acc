-- How clients prove their mail addresses, and what a business asks of them.

-- One asking of one address. The secret is made when the mail is written; until then nobody has it.
-- A CHANGE is of the client's own asking: the file keeps the old address until the new one is proved.
CREATE TABLE client_links (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    kind varchar(12) NOT NULL CHECK (kind IN ('VERIFICATION', 'CHANGE')),
    email citext NOT NULL CHECK (email <> ''),
    token_hash bytea UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX client_links_by_client ON client_links (business_id, client_id);
CREATE INDEX client_links_by_expiry ON client_links (expires_at);

-- What a business says about its clients; without a row, the defaults.
CREATE TABLE client_settings (
    business_id uuid PRIMARY KEY REFERENCES businesses (id) ON DELETE CASCADE,
    require_client_account boolean NOT NULL DEFAULT false,
    accepts_new_clients boolean NOT NULL DEFAULT true
);
