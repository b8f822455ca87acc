-- The numbers of a snapshot are not durable: those of transactions that wrote nothing to the disk are
-- given out again after a crash, and a cursor from before would take the new ones for seen. So what a
-- cursor is marked with changes with every crash.
--
-- PostgreSQL keeps its statistics over a clean stop and starts new ones after anything else: a crash of
-- the server or of one of its processes, an immediate stop, a base backup, a point in time, a promoted
-- stand-by, an upgrade. When it did so last is that mark; nothing has to be written for it.
CREATE FUNCTION log_tag() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT substr(md5(tag || '/' || extract(epoch FROM pg_stat_get_checkpointer_stat_reset_time())), 1, 8)
    FROM log_cluster
$$;

CREATE OR REPLACE FUNCTION log_cursor() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT log_tag() || '-' || translate(log_seen()::text, ':,', '._') $$;
