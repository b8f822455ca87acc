-- Lists that were kept elsewhere: what was uploaded, what became of each row, and how to take it back.

CREATE TABLE client_imports (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    file_name text NOT NULL CHECK (length(file_name) BETWEEN 1 AND 200),
    content_type text NOT NULL,
    size bigint NOT NULL CHECK (size > 0),
    -- Where the file is kept; null as soon as nobody needs it any more.
    file_key text,
    state varchar(12) NOT NULL DEFAULT 'UPLOADING' CHECK (state IN ('UPLOADING', 'READING', 'READY', 'UNREADABLE',
        'COMMITTING', 'STOPPED', 'COMMITTED', 'ROLLING_BACK', 'ROLLED_BACK', 'CANCELLED', 'EXPIRED')),
    -- Which reading of the file counts: grows whenever somebody says how to read it.
    reading integer NOT NULL DEFAULT 0,
    -- Whether its rows are those of the file, as it is to be read now.
    staged boolean NOT NULL DEFAULT false,
    problem jsonb,
    layout jsonb NOT NULL DEFAULT '{}',
    sheets text[] NOT NULL DEFAULT '{}',
    columns jsonb NOT NULL DEFAULT '[]',
    options jsonb NOT NULL DEFAULT '{}',
    row_count integer NOT NULL DEFAULT 0,
    read_count integer NOT NULL DEFAULT 0,
    create_count integer NOT NULL DEFAULT 0,
    update_count integer NOT NULL DEFAULT 0,
    skip_count integer NOT NULL DEFAULT 0,
    problem_count integer NOT NULL DEFAULT 0,
    opened_count integer NOT NULL DEFAULT 0,
    changed_count integer NOT NULL DEFAULT 0,
    removed_count integer NOT NULL DEFAULT 0,
    restored_count integer NOT NULL DEFAULT 0,
    kept_count integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    -- Until then its rows, or what is needed to take it back, are kept.
    expires_at timestamptz NOT NULL,
    finished_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id),
    CHECK ((state = 'UNREADABLE') = (problem IS NOT NULL))
);
CREATE INDEX client_imports_by_age ON client_imports (business_id, created_at DESC, id DESC);
CREATE INDEX client_imports_expiring ON client_imports (expires_at)
    WHERE state NOT IN ('ROLLED_BACK', 'CANCELLED', 'EXPIRED');
-- One list at a time is written into the client list, so that two do not miss each other's people.
CREATE UNIQUE INDEX client_imports_one_at_a_time ON client_imports (business_id)
    WHERE state IN ('COMMITTING', 'ROLLING_BACK');
CREATE TRIGGER client_imports_version BEFORE UPDATE OF state, reading, options, columns, layout ON client_imports
    FOR EACH ROW EXECUTE FUNCTION bump_version();

-- The rows of a list that is not taken over yet. They leave when they are, and after a day at the latest.
CREATE TABLE import_rows (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row_number integer NOT NULL,
    -- A client's file as it would be kept, as far as the row could be understood.
    columns jsonb NOT NULL,
    email text GENERATED ALWAYS AS (lower(columns->>'email')) STORED,
    phone text GENERATED ALWAYS AS (columns->>'phone') STORED,
    problems jsonb NOT NULL DEFAULT '[]',
    outcome varchar(7) NOT NULL CHECK (outcome IN ('CREATE', 'UPDATE', 'SKIP', 'PROBLEM')),
    -- Why it is no new client: what it has in common with one, or with an earlier row.
    same varchar(14) CHECK (same IN ('EMAIL', 'PHONE_AND_NAME', 'PHONE')),
    same_as_row integer,
    client_id uuid,
    -- Whether only what is empty in the client's file is filled in.
    fill_in boolean NOT NULL DEFAULT false,
    UNIQUE (business_id, import_id, row_number),
    FOREIGN KEY (business_id, import_id) REFERENCES client_imports (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE,
    CHECK (outcome <> 'UPDATE' OR client_id IS NOT NULL)
);
CREATE INDEX import_rows_by_outcome ON import_rows (business_id, import_id, outcome, row_number);
-- How the people of a list are found when they are erased, and when two rows are about one of them.
CREATE INDEX import_rows_email ON import_rows (business_id, email);
CREATE INDEX import_rows_phone ON import_rows (business_id, phone);
CREATE INDEX import_rows_client ON import_rows (business_id, client_id) WHERE client_id IS NOT NULL;

-- Whom an import added or changed, and what is needed to take exactly that back.
CREATE TABLE imported_clients (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    import_id uuid NOT NULL,
    row_number integer NOT NULL,
    client_id uuid NOT NULL,
    created boolean NOT NULL,
    -- The file's version when the import had written it: who has it still, nobody changed since.
    written_version integer NOT NULL,
    -- What the changed columns held before, and what they were changed to; null for new files.
    before jsonb,
    after jsonb,
    kept varchar(7) CHECK (kept IN ('CHANGED', 'IN_USE')),
    UNIQUE (business_id, import_id, row_number),
    FOREIGN KEY (business_id, import_id) REFERENCES client_imports (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE,
    CHECK (created = (before IS NULL))
);
CREATE INDEX imported_clients_client ON imported_clients (business_id, client_id);

-- Lists somebody asked the team behind this service to take over for them.
CREATE TABLE import_requests (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    note text,
    contact_email text,
    contact_phone text,
    import_id uuid,
    status varchar(11) NOT NULL DEFAULT 'REQUESTED'
        CHECK (status IN ('REQUESTED', 'IN_PROGRESS', 'DONE', 'CANCELLED')),
    due_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id),
    FOREIGN KEY (business_id, import_id) REFERENCES client_imports (business_id, id) ON DELETE SET NULL (import_id)
);
CREATE INDEX import_requests_by_age ON import_requests (business_id, created_at DESC, id DESC);
-- One at a time: whoever asks twice is told of the first.
CREATE UNIQUE INDEX import_requests_open ON import_requests (business_id) WHERE status IN ('REQUESTED', 'IN_PROGRESS');
CREATE TRIGGER import_requests_version BEFORE UPDATE ON import_requests
    FOR EACH ROW EXECUTE FUNCTION bump_version();
