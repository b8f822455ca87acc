-- Files that may be of the same person, files that became one, and what is needed to make them two again.

-- Each pair is there twice, once from either side, so that a file's own are found by one index.
CREATE TABLE client_duplicates (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    other_client_id uuid NOT NULL,
    score smallint NOT NULL CHECK (score BETWEEN 1 AND 100),
    reasons text[] NOT NULL CHECK (reasons <> '{}'),
    -- Somebody looked, and they are two people: it does not come back.
    dismissed_at timestamptz,
    UNIQUE (business_id, client_id, other_client_id),
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, other_client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE,
    CHECK (client_id <> other_client_id)
);
CREATE INDEX client_duplicates_other ON client_duplicates (business_id, other_client_id);
CREATE INDEX client_duplicates_by_score ON client_duplicates (business_id, score DESC, id)
    WHERE client_id < other_client_id AND dismissed_at IS NULL;

-- Which files were compared with the others, as which version of theirs.
CREATE TABLE compared_files (
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    version integer NOT NULL,
    PRIMARY KEY (business_id, client_id),
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);

-- By what files are compared, beside their addresses.
CREATE INDEX clients_by_sort_name ON clients USING gin (business_id, sort_name gin_trgm_ops);
CREATE INDEX clients_by_birthday ON clients (business_id, birthday, sort_name) WHERE birthday IS NOT NULL;

CREATE TABLE client_merges (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL,
    -- The file it is a part of now: the survivor's, or where that was merged into since. The copies below are of
    -- people, so they go with it.
    client_id uuid NOT NULL,
    -- The file that is gone; its id, so that whoever erases the one finds what still names the other.
    other_client_id uuid NOT NULL,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    at timestamptz NOT NULL DEFAULT now(),
    -- What undoing it needs, for 30 days: both files as they were, and what the one became.
    survivor jsonb,
    became jsonb,
    other jsonb,
    UNIQUE (business_id, id),
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE,
    CHECK ((survivor IS NULL) = (other IS NULL) AND (became IS NULL) = (other IS NULL))
);
CREATE INDEX client_merges_by_client ON client_merges (business_id, client_id, at DESC, id DESC);
CREATE INDEX client_merges_other ON client_merges (business_id, other_client_id);
CREATE INDEX client_merges_account ON client_merges (account_id);
CREATE INDEX client_merges_by_age ON client_merges (at) WHERE other IS NOT NULL;

-- What happened to the rows of one table.
CREATE TABLE client_merge_parts (
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    merge_id uuid NOT NULL,
    nth integer NOT NULL,
    table_name text NOT NULL,
    -- The keys of the rows that moved, and how to tell whether they changed since.
    moved jsonb NOT NULL DEFAULT '[]',
    -- Rows that could not come along, as they were.
    aside jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (business_id, merge_id, nth),
    FOREIGN KEY (business_id, merge_id) REFERENCES client_merges (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX client_merge_parts_by_client ON client_merge_parts (business_id, client_id);
