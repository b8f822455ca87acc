-- An import whose job was given up has failed: `problem` says why, and what it was at.
ALTER TABLE client_imports
    DROP CONSTRAINT client_imports_state_check,
    DROP CONSTRAINT client_imports_check,
    ADD CONSTRAINT client_imports_state_check CHECK (state IN ('UPLOADING', 'READING', 'READY', 'UNREADABLE',
        'FAILED', 'COMMITTING', 'STOPPED', 'COMMITTED', 'ROLLING_BACK', 'ROLLED_BACK', 'CANCELLED', 'EXPIRED')),
    ADD CONSTRAINT client_imports_problem_check CHECK ((state IN ('UNREADABLE', 'FAILED')) = (problem IS NOT NULL));
