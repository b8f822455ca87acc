-- A line is written by the statement that records the event, so that it is true from the commit on (decision 13).
-- Every booking pays for it: so no foreign key takes a lock on the business for each line, and the indexes serve the
-- list of a business, its filters and a client's file, and nothing else.
ALTER TABLE messages
    ALTER COLUMN id SET DEFAULT uuidv7(),
    -- The client whose file it belongs to, if it is one's: erasure and merging find it by this. No foreign key:
    -- this module does without clients.
    ADD COLUMN client_id uuid,
    -- The line somebody had sent once more; what happened to that one stays written there.
    ADD COLUMN resend_of_id uuid,
    -- The secret of its link to be left alone in future.
    ADD COLUMN unsubscribe_hash bytea CHECK (length(unsubscribe_hash) = 32),
    DROP CONSTRAINT messages_business_id_fkey,
    DROP CONSTRAINT messages_event_seq_kind_recipient_key;
DROP INDEX messages_business, messages_subject, messages_unfinished;
CREATE INDEX messages_business ON messages (business_id, id);
CREATE UNIQUE INDEX messages_once ON messages (event_seq, kind, recipient) WHERE resend_of_id IS NULL;
CREATE UNIQUE INDEX messages_resent_once ON messages (resend_of_id) WHERE resend_of_id IS NOT NULL;
CREATE UNIQUE INDEX messages_unsubscribe ON messages (unsubscribe_hash) WHERE unsubscribe_hash IS NOT NULL;
CREATE INDEX messages_kind ON messages (business_id, kind, id);
CREATE INDEX messages_client ON messages (business_id, client_id, id) WHERE client_id IS NOT NULL;
CREATE INDEX messages_unfinished ON messages (business_id, status, id) WHERE status <> 'SENT';
