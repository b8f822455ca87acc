-- Addresses a business does not write to. An address may be here for several reasons: taking one back leaves the others.
CREATE TABLE suppressions (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses ON DELETE CASCADE,
    address_hash bytea NOT NULL CHECK (length(address_hash) = 32),
    reason varchar(12) NOT NULL CHECK (reason IN ('UNSUBSCRIBED', 'BOUNCED', 'COMPLAINED', 'MANUAL')),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (business_id, id),
    UNIQUE (business_id, address_hash, reason)
);
-- The addresses themselves stand apart: when a client's file is erased, whatever holds its address as a `recipient` is
-- deleted, whichever modules are on. The hash stays: they are still left alone, and nobody can read whom.
CREATE TABLE suppressed_addresses (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL,
    recipient text NOT NULL CHECK (length(recipient) BETWEEN 3 AND 320),
    FOREIGN KEY (business_id, id) REFERENCES suppressions (business_id, id) ON DELETE CASCADE
);
CREATE INDEX suppressed_addresses_entry ON suppressed_addresses (business_id, id);
