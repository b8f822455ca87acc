-- How often PostgreSQL, or the way to it, went away in the middle of the job: no failure of the job.
ALTER TABLE job ADD COLUMN interrupted integer NOT NULL DEFAULT 0;

-- A job that is taken over has lost its worker. Where PostgreSQL crashed since the worker was last heard of, that is
-- why; else the job may have killed it, and that counts as a failure.
CREATE OR REPLACE FUNCTION job_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.heartbeat < pg_stat_get_checkpointer_stat_reset_time() THEN
        NEW.interrupted := OLD.interrupted + 1;
    ELSE
        NEW.attempts := OLD.attempts + 1;
    END IF;
    RETURN NEW;
END
$$;
