-- People, businesses, who works where, and the ways in.

CREATE TABLE businesses (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    zone text NOT NULL CHECK (length(zone) BETWEEN 1 AND 64),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    locale text NOT NULL DEFAULT 'en' CHECK (length(locale) BETWEEN 2 AND 35),
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1
);
CREATE TRIGGER businesses_version BEFORE UPDATE ON businesses
    FOR EACH ROW EXECUTE FUNCTION bump_version();

CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    email text CHECK (email = lower(email COLLATE "C") AND length(email) BETWEEN 3 AND 254),
    confirmed_at timestamptz,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    password_hash text,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    CHECK (confirmed_at IS NULL OR email IS NOT NULL)
);
-- Anybody may claim an address; one account at most has proved it.
CREATE UNIQUE INDEX accounts_confirmed_email ON accounts (email) WHERE confirmed_at IS NOT NULL;
CREATE INDEX accounts_claimed_email ON accounts (email, created_at DESC, id DESC) WHERE confirmed_at IS NULL;
CREATE TRIGGER accounts_version BEFORE UPDATE ON accounts
    FOR EACH ROW EXECUTE FUNCTION bump_version();

CREATE TABLE memberships (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
    role varchar(6) NOT NULL CHECK (role IN ('OWNER', 'STAFF')),
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    UNIQUE (account_id, business_id)
);
CREATE INDEX memberships_business ON memberships (business_id, created_at, id);
CREATE TRIGGER memberships_version BEFORE UPDATE ON memberships
    FOR EACH ROW EXECUTE FUNCTION bump_version();

-- A business never loses its last owner, even when two owners leave at the same moment:
-- the row lock makes the second one look after the first has gone.
CREATE FUNCTION keep_an_owner() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM businesses WHERE id = OLD.business_id FOR NO KEY UPDATE;
    IF FOUND AND NOT EXISTS (
        SELECT 1 FROM memberships WHERE business_id = OLD.business_id AND role = 'OWNER'
    ) THEN
        RAISE EXCEPTION 'business % would have no owner', OLD.business_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'memberships_owner';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER memberships_owner AFTER DELETE OR UPDATE ON memberships
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.role = 'OWNER') EXECUTE FUNCTION keep_an_owner();

-- A session hangs on the membership it acts through: without the one, there is no other.
CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    business_id uuid NOT NULL,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    user_agent text NOT NULL DEFAULT '' CHECK (length(user_agent) <= 300),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (account_id, business_id) REFERENCES memberships (account_id, business_id) ON DELETE CASCADE,
    CHECK (expires_at > created_at)
);
CREATE INDEX sessions_account ON sessions (account_id, business_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
    email text NOT NULL CHECK (email = lower(email COLLATE "C") AND length(email) BETWEEN 3 AND 254),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    role varchar(6) NOT NULL CHECK (role IN ('OWNER', 'STAFF')),
    invited_by uuid REFERENCES accounts ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz
);
CREATE UNIQUE INDEX invitations_open ON invitations (business_id, email) WHERE accepted_at IS NULL;
CREATE INDEX invitations_invited_by ON invitations (invited_by);

CREATE TABLE links (
    id uuid PRIMARY KEY,
    kind text NOT NULL,
    account_id uuid REFERENCES accounts ON DELETE CASCADE,
    invitation_id uuid REFERENCES invitations ON DELETE CASCADE,
    token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz,
    CHECK (CASE kind
        WHEN 'RESET' THEN account_id IS NOT NULL AND invitation_id IS NULL
        WHEN 'CONFIRMATION' THEN account_id IS NOT NULL AND invitation_id IS NULL
        WHEN 'INVITATION' THEN invitation_id IS NOT NULL AND account_id IS NULL
        ELSE false END)
);
CREATE INDEX links_account ON links (account_id);
CREATE INDEX links_invitation ON links (invitation_id);

CREATE TABLE reset_requests (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Counters of guesses. They are written outside the transaction of what is tried, so that a
-- refused (rolled back) attempt still counts.
CREATE TABLE attempts (
    key bytea PRIMARY KEY CHECK (length(key) = 32),
    count integer NOT NULL CHECK (count >= 0),
    resets_at timestamptz NOT NULL
);
CREATE INDEX attempts_resets ON attempts (resets_at);
