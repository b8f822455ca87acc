-- Clients have accounts too: a place of their own at the business, and a code by mail to get in.

ALTER TABLE memberships
    DROP CONSTRAINT memberships_role_check,
    ADD CONSTRAINT memberships_role_check CHECK (role IN ('OWNER', 'STAFF', 'CLIENT'));
-- A team is listed and counted without walking through the clients beside it.
DROP INDEX memberships_business;
CREATE INDEX memberships_business ON memberships (business_id, role, created_at, id);

-- A session that a mailed link or code opened acts as a client and as nothing else, whatever place
-- the person has elsewhere or gets later: a team signs in with passwords.
ALTER TABLE sessions ADD only_as_client boolean NOT NULL DEFAULT false;

-- An address somebody typed to sign in as a client of some business, kept until a job has found out
-- whose it is. It is nobody's yet, so it belongs to no business either.
CREATE TABLE sign_in_requests (
    id uuid PRIMARY KEY,
    email text NOT NULL CHECK (length(email) BETWEEN 3 AND 254),
    wanted uuid NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Codes of six digits by which clients sign in. The digits are made when the mail is written.
CREATE TABLE sign_in_codes (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
    account_id uuid NOT NULL REFERENCES accounts ON DELETE CASCADE,
    code_hash bytea CHECK (length(code_hash) = 32),
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    used_at timestamptz,
    CHECK ((code_hash IS NULL) = (expires_at IS NULL))
);
CREATE INDEX sign_in_codes_latest ON sign_in_codes (business_id, account_id, created_at, id);
CREATE INDEX sign_in_codes_account ON sign_in_codes (account_id);
