-- The slots clients hold.
CREATE TABLE appointments (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    service_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    blocked_from timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL,
    status varchar(9) NOT NULL DEFAULT 'BOOKED',
    price_minor integer NOT NULL CHECK (price_minor >= 0),
    currency varchar(3) NOT NULL,
    note text,
    cancelled_at timestamptz,
    cancel_reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    -- The business is part of each key, so no appointment joins two businesses.
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id),
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id),
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id),
    CHECK (status IN ('BOOKED', 'COMPLETED', 'NO_SHOW', 'CANCELLED')),
    CHECK ((status = 'CANCELLED') = (cancelled_at IS NOT NULL)),
    -- At most a day: the calendar finds what is under way by looking back that far.
    CHECK (starts_at < ends_at AND ends_at <= starts_at + interval '24 hours'),
    CHECK (blocked_from <= starts_at AND blocked_until >= ends_at),
    -- Nobody is in two places at once. Touching is fine: the end does not belong to the range.
    CONSTRAINT appointments_overlap EXCLUDE USING gist (
        staff_id WITH =,
        tstzrange(blocked_from, blocked_until, '[)') WITH &&
    ) WHERE (status <> 'CANCELLED')
);
CREATE INDEX appointments_by_start ON appointments (business_id, starts_at, id);
CREATE INDEX appointments_by_client ON appointments (business_id, client_id, starts_at, id);
CREATE INDEX appointments_by_staff ON appointments (business_id, staff_id, starts_at, id);
CREATE TRIGGER appointments_version BEFORE UPDATE ON appointments
    FOR EACH ROW EXECUTE FUNCTION bump_version();
