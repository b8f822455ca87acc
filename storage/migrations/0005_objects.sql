-- Every object in the store: whose it is, what it is for, and whether it is to stay. The row is there
-- before the bytes are and after they are gone, so that whoever dies in between leaves nothing behind.
CREATE TABLE stored_objects (
    business_id uuid NOT NULL,
    key text NOT NULL,
    -- Whose file it belongs to. No reference: the module that has clients may be off, and the row has
    -- to outlive the client until the bytes are gone.
    client_id uuid,
    purpose text NOT NULL,
    content_type text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    sha256 bytea CHECK (length(sha256) = 32),  -- null: nobody here has read it
    state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'STORED', 'DELETING')),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    upload_until timestamptz,  -- until then a link may still bring bytes
    PRIMARY KEY (business_id, key),
    CHECK (starts_with(key, replace(business_id::text, '-', '') || '/'))
);
CREATE INDEX stored_objects_by_client ON stored_objects (business_id, client_id) WHERE client_id IS NOT NULL;
-- What housekeeping looks for: little of it at any time.
CREATE INDEX stored_objects_unsettled ON stored_objects (state, created_at) WHERE state <> 'STORED';
CREATE INDEX stored_objects_expiring ON stored_objects (expires_at) WHERE expires_at IS NOT NULL;
