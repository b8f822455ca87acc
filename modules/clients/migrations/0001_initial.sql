-- The files a business keeps on the people who come.

-- Lets one index hold the business beside the trigrams: a search never walks through another's clients.
CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE clients (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    first_name varchar(200) NOT NULL CHECK (first_name <> ''),
    last_name varchar(200) NOT NULL CHECK (last_name <> ''),
    email citext CHECK (email <> ''),
    phone varchar(16) CHECK (phone ~ '^\+[1-9][0-9]{3,14}$'),
    birthday date,
    note text,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Both are the names (and more) in folded letters: `fold` in rules/folding.py writes them.
    sort_name text NOT NULL,
    search_text text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id),
    CONSTRAINT clients_reachable CHECK (email IS NOT NULL OR phone IS NOT NULL)
);
CREATE INDEX clients_by_name ON clients (business_id, sort_name, id);
CREATE INDEX clients_by_age ON clients (business_id, created_at, id);
CREATE INDEX clients_by_email ON clients (business_id, email);
CREATE INDEX clients_by_phone ON clients (business_id, phone);
-- Files are opened far less often than searched for: no list of entries still to be sorted in.
CREATE INDEX clients_search ON clients USING gin (business_id, search_text gin_trgm_ops)
    WITH (fastupdate = off);
CREATE TRIGGER clients_version BEFORE UPDATE ON clients
    FOR EACH ROW EXECUTE FUNCTION bump_version();
