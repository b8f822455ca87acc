-- An export is a job: its status, how far it is and why it failed are kept as of any other.
ALTER TABLE exports RENAME COLUMN state TO status;
ALTER TABLE exports RENAME COLUMN error TO problem;
ALTER TABLE exports
    DROP CONSTRAINT exports_state_check,
    DROP CONSTRAINT exports_check1,
    DROP CONSTRAINT exports_check2,
    ALTER COLUMN status TYPE varchar(9),
    ALTER COLUMN status SET DEFAULT 'RUNNING',
    ALTER COLUMN problem TYPE jsonb USING jsonb_build_object('code', 'EXPORT_FAILED', 'message', problem,
        'remedy', 'Try it once more with `retryExport`; if it fails again, tell who runs this server.', 'retryable', true),
    ADD COLUMN done integer NOT NULL DEFAULT 0,
    ADD COLUMN total integer,
    ADD COLUMN started_at timestamptz;
UPDATE exports SET problem = NULL WHERE status <> 'FAILED';
UPDATE exports SET
    status = CASE status WHEN 'WRITING' THEN 'RUNNING' WHEN 'READY' THEN 'DONE' ELSE status END,
    started_at = created_at,
    finished_at = coalesce(finished_at, CASE WHEN status <> 'WRITING' THEN created_at END),
    done = CASE WHEN finished_at IS NULL THEN 0 ELSE coalesce(row_count, 1) END,
    total = CASE WHEN finished_at IS NULL THEN NULL ELSE coalesce(row_count, 1) END;
ALTER TABLE exports
    ADD CONSTRAINT exports_status_check CHECK (status IN ('RUNNING', 'DONE', 'FAILED', 'EXPIRED')),
    ADD CONSTRAINT exports_object_check CHECK ((status = 'DONE') = (object_key IS NOT NULL)),
    ADD CONSTRAINT exports_problem_check CHECK ((status = 'FAILED') = (problem IS NOT NULL)),
    ADD CONSTRAINT exports_finished_check CHECK ((status = 'RUNNING') = (finished_at IS NULL));
