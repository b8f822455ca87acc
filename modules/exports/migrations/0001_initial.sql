-- What was handed out: whole client lists and single clients' complete files, to be downloaded for a day.

CREATE TABLE exports (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    kind varchar(11) NOT NULL CHECK (kind IN ('CLIENT_LIST', 'CLIENT_FILE')),
    format varchar(10) NOT NULL CHECK (format IN ('CSV', 'JSON_LINES', 'ZIP')),
    -- Whose file it is; null for a list, which holds everybody.
    client_id uuid,
    excel boolean NOT NULL DEFAULT false,
    state varchar(7) NOT NULL DEFAULT 'WRITING' CHECK (state IN ('WRITING', 'READY', 'EXPIRED')),
    object_key text,
    size bigint,
    row_count integer,
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    expires_at timestamptz NOT NULL,
    UNIQUE (business_id, id),
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE,
    CHECK ((kind = 'CLIENT_FILE') = (client_id IS NOT NULL)),
    CHECK ((state = 'READY') = (object_key IS NOT NULL))
);
CREATE INDEX exports_by_age ON exports (business_id, created_at DESC, id DESC);
CREATE INDEX exports_client ON exports (business_id, client_id);
CREATE INDEX exports_expiring ON exports (expires_at) WHERE state <> 'EXPIRED';
