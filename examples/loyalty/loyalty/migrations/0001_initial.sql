-- The points clients were given, at most once for each appointment.
CREATE TABLE loyalty_awards (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    appointment_id uuid NOT NULL UNIQUE REFERENCES appointments (id) ON DELETE CASCADE,
    points integer NOT NULL CHECK (points > 0),
    earned_at timestamptz NOT NULL DEFAULT now(),
    -- The business is part of the key, so nobody's points go to another business's client. And
    -- deleting a client works also while this module is switched off.
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX loyalty_awards_by_client ON loyalty_awards (business_id, client_id, earned_at, id);
