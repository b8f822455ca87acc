-- An erasure is a job: its status, how far it is and why it failed are kept as of any other.
ALTER TABLE erasures RENAME COLUMN state TO status;
ALTER TABLE erasures RENAME COLUMN at TO started_at;
ALTER TABLE erasures RENAME COLUMN completed_at TO finished_at;
DROP INDEX erasures_under_way;
ALTER TABLE erasures
    DROP CONSTRAINT erasures_state_check,
    DROP CONSTRAINT erasures_check,
    DROP CONSTRAINT erasures_check1,
    ALTER COLUMN status TYPE varchar(9),
    ALTER COLUMN status SET DEFAULT 'RUNNING',
    ALTER COLUMN started_at DROP NOT NULL,
    ADD COLUMN problem jsonb,
    ADD COLUMN done integer NOT NULL DEFAULT 1,
    ADD COLUMN total integer DEFAULT 5;
UPDATE erasures SET status = 'RUNNING' WHERE status = 'ERASING';
UPDATE erasures SET done = 5 WHERE status = 'DONE';
ALTER TABLE erasures
    ADD CONSTRAINT erasures_status_check CHECK (status IN ('RUNNING', 'DONE', 'FAILED')),
    ADD CONSTRAINT erasures_finished_check CHECK ((status = 'RUNNING') = (finished_at IS NULL)),
    ADD CONSTRAINT erasures_problem_check CHECK ((status = 'FAILED') = (problem IS NOT NULL)),
    ADD CONSTRAINT erasures_traces_check CHECK (status <> 'DONE' OR traces IS NULL);
CREATE INDEX erasures_under_way ON erasures (started_at) WHERE status <> 'DONE';
