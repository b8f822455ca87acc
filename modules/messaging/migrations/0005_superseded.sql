-- A message that another one about the same subject has made superfluous.
ALTER TABLE messages
    ALTER COLUMN status TYPE varchar(10),
    DROP CONSTRAINT messages_status_check,
    ADD CONSTRAINT messages_status_check
        CHECK (status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED', 'SUPERSEDED'));
-- The notices about one subject to one reader.
CREATE INDEX messages_series ON messages (subject, recipient);
