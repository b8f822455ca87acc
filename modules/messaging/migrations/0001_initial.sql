-- The ledger of messages. What a message says is not kept: it may hold the secret of a link.

CREATE TABLE messages (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
    event_seq bigint NOT NULL,
    subject uuid NOT NULL,
    kind text NOT NULL,
    template text NOT NULL,
    recipient text NOT NULL CHECK (length(recipient) BETWEEN 3 AND 320),
    status varchar(7) NOT NULL DEFAULT 'QUEUED' CHECK (status IN ('QUEUED', 'SENDING', 'SENT', 'FAILED')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    error text,
    created_at timestamptz NOT NULL DEFAULT now(),
    tried_at timestamptz,
    sent_at timestamptz,
    UNIQUE (event_seq, kind, recipient),
    CHECK ((status = 'SENT') = (sent_at IS NOT NULL)),
    CHECK (status <> 'FAILED' OR error IS NOT NULL)
);
CREATE INDEX messages_business ON messages (business_id, created_at DESC, id DESC);
CREATE INDEX messages_subject ON messages (subject);
CREATE INDEX messages_unfinished ON messages (status, created_at) WHERE status <> 'SENT';
