-- Answers remembered under the keys clients made up, so that a retry happens once.
CREATE TABLE idempotency (
    owner uuid NOT NULL,          -- the account that sent the key; the nil uuid for the public
    key_hash bytea NOT NULL,      -- SHA-256: the key itself is not kept
    fingerprint bytea NOT NULL,   -- SHA-256 of the mutation's name and its input
    answer bytea NOT NULL,        -- what to answer again; sealed where it holds a secret
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (owner, key_hash)
);
CREATE INDEX idempotency_created_at ON idempotency USING brin (created_at);
