-- What happened, written in the transaction that made it true.
CREATE TABLE event (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The transaction that wrote it: a reader remembers which transactions it has seen, not how far
    -- it counted, so one that commits late is never skipped.
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    business_id uuid NOT NULL,
    kind text NOT NULL,
    subject uuid NOT NULL,
    actor uuid,
    -- When it was written down, which is after every lock was had: two events about one row carry
    -- times in the order in which they happened. The start of the transaction would not.
    at timestamptz NOT NULL DEFAULT statement_timestamp(),
    data jsonb NOT NULL
);
CREATE INDEX event_business_xid ON event (business_id, xid);
CREATE INDEX event_xid ON event (xid);
CREATE INDEX event_business_seq ON event (business_id, seq);

-- Transaction numbers mean something in one cluster and on one line of its history only.
CREATE TABLE log_cluster (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    system_identifier bigint NOT NULL,
    timeline text NOT NULL,
    tag text NOT NULL
);

CREATE FUNCTION log_timeline() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) $$;

-- Make this cluster the log's own and answer with its tag. After a dump was restored elsewhere, what
-- is there counts as seen by everybody, and cursors with an older tag are refused; after a fail-over
-- or a restore to a point in time only the cursors are.
CREATE FUNCTION log_adopt_cluster() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    here bigint := (SELECT system_identifier FROM pg_control_system());
    line text := log_timeline();
    known log_cluster;
BEGIN
    SELECT * INTO known FROM log_cluster;
    IF known.system_identifier = here AND known.timeline = line THEN
        RETURN known.tag;
    END IF;
    INSERT INTO log_cluster VALUES (true, here, line, '') ON CONFLICT DO NOTHING;
    SELECT * INTO known FROM log_cluster FOR UPDATE;
    IF known.system_identifier <> here THEN
        UPDATE event SET xid = '3' WHERE xid <> '3';
    END IF;
    UPDATE log_cluster SET system_identifier = here, timeline = line,
        tag = substr(md5(here || '/' || line), 1, 8)
        RETURNING tag INTO known.tag;
    RETURN known.tag;
END $$;
SELECT log_adopt_cluster();

-- The transactions whose work this statement can see. Inside a writing transaction that includes its
-- own, which PostgreSQL leaves out when no later one has ended. STABLE is what makes it exact: it
-- looks through the snapshot of the statement that calls it. Not being PARALLEL SAFE keeps a reader's
-- short statement from starting parallel workers for nothing.
CREATE FUNCTION log_seen() RETURNS pg_snapshot LANGUAGE plpgsql STABLE AS $$
DECLARE
    own xid8 := pg_current_xact_id_if_assigned();
    seen pg_snapshot := pg_current_snapshot();
    upper bigint;
BEGIN
    IF own IS NULL OR pg_visible_in_snapshot(own, seen) THEN
        RETURN seen;
    END IF;
    upper := pg_snapshot_xmax(seen)::text::bigint;
    RETURN (
        SELECT format('%s:%s:%s', pg_snapshot_xmin(seen), own::text::bigint + 1, string_agg(xid::text, ',' ORDER BY xid))
        FROM (
            SELECT pg_snapshot_xip(seen)::text::bigint AS xid
            UNION ALL
            SELECT generate_series(upper, own::text::bigint - 1)
        ) AS running
    )::pg_snapshot;
END $$;

-- The cursor of now, to be selected in the same statement as the rows it belongs to.
CREATE FUNCTION log_cursor() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT tag || '-' || translate(log_seen()::text, ':,', '._') FROM log_cluster $$;
