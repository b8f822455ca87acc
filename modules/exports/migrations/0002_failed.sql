-- An export that was given up says why, and can be tried again.
ALTER TABLE exports
    ADD COLUMN error text,
    DROP CONSTRAINT exports_state_check,
    ADD CONSTRAINT exports_state_check CHECK (state IN ('WRITING', 'READY', 'FAILED', 'EXPIRED')),
    ADD CHECK ((state = 'FAILED') = (error IS NOT NULL));
