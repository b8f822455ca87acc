-- Addresses a business does not write to. An address may be here for several reasons: taking one back leaves the others.
-- When a client's file is erased the address goes and its hash stays: they are still left alone, and nobody can read whom.
CREATE TABLE suppressions (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
    address text CHECK (length(address) BETWEEN 3 AND 320),
    address_hash bytea NOT NULL CHECK (length(address_hash) = 32),
    reason varchar(12) NOT NULL CHECK (reason IN ('UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'MANUAL')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (business_id, address_hash, reason)
);
CREATE INDEX suppressions_business ON suppressions (business_id, id);
