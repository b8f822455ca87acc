-- What becomes of the rows, summed up: whether it is still what somebody looked at.
ALTER TABLE client_imports ADD COLUMN planned bigint NOT NULL DEFAULT 0;
-- An import that would do something else than what was looked at is ready again, and says so.
ALTER TABLE client_imports
    DROP CONSTRAINT client_imports_problem_check,
    ADD CONSTRAINT client_imports_problem_check CHECK (CASE
        WHEN state IN ('UNREADABLE', 'FAILED') THEN problem IS NOT NULL
        ELSE state = 'READY' OR problem IS NULL END);
