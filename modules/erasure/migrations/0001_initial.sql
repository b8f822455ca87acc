-- Files that were deleted: what went, and until nothing is left, what is still to be forgotten.

CREATE TABLE erasures (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    reason varchar(17) CHECK (reason IN ('ASKED_BY_CLIENT', 'NO_LONGER_CLIENT', 'OPENED_BY_MISTAKE', 'OTHER')),
    state varchar(7) NOT NULL DEFAULT 'ERASING' CHECK (state IN ('ERASING', 'DONE')),
    at timestamptz NOT NULL DEFAULT now(),
    completed_at timestamptz,
    -- How many of what, by the names people read.
    went jsonb NOT NULL,
    -- By what traces of the file are recognised. It goes last.
    traces jsonb,
    UNIQUE (business_id, id),
    CHECK ((state = 'DONE') = (completed_at IS NOT NULL)),
    CHECK (state = 'ERASING' OR traces IS NULL)
);
CREATE INDEX erasures_by_age ON erasures (business_id, at DESC, id DESC);
CREATE INDEX erasures_account ON erasures (account_id);
CREATE INDEX erasures_under_way ON erasures (at) WHERE state = 'ERASING';

-- The ids of the file and of all that was in it: whatever still names one is made to forget it.
CREATE TABLE erasure_ids (
    business_id uuid NOT NULL,
    erasure_id uuid NOT NULL,
    id uuid NOT NULL,
    PRIMARY KEY (business_id, erasure_id, id),
    FOREIGN KEY (business_id, erasure_id) REFERENCES erasures (business_id, id) ON DELETE CASCADE
);

-- Ids are written with hyphens (in the log) or without (in the API); the named ones are looked up, not the other
-- way round, so that it costs the same however many ids there are.
CREATE FUNCTION erasure_named(said text, business uuid, erasure uuid) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT DISTINCT found[1]
    FROM regexp_matches(said, '[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}', 'g') AS found
    JOIN erasure_ids i ON i.business_id = business AND i.erasure_id = erasure AND i.id = found[1]::uuid
$$;

-- The same text, in which nobody's id stands for each of those that are to be forgotten.
CREATE FUNCTION erasure_forgetting(said text, business uuid, erasure uuid) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    named text;
BEGIN
    FOR named IN SELECT erasure_named(said, business, erasure) LOOP
        said := replace(said, named, regexp_replace(named, '[^-]', '0', 'g'));
    END LOOP;
    RETURN said;
END
$$;
