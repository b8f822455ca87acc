-- Taken time is one table, whoever takes it: one constraint decides every race.

-- Whatever is being booked at this moment is waited for, so that it has its claim as well.
LOCK TABLE appointments IN SHARE ROW EXCLUSIVE MODE;

-- What a status of an appointment means is said here, and to Python by `AppointmentStatus`.
CREATE FUNCTION takes_time(status text) RETURNS boolean IMMUTABLE LANGUAGE sql
RETURN status IN ('BOOKED', 'COMPLETED', 'NO_SHOW');

-- A holder is whatever can be taken once at a time, such as a member of staff. Whoever takes time is known by the key
-- of its row, and writes its claims by triggers of its own table: no claim outlives it, and none is forgotten.
CREATE TABLE claims (
    business_id uuid NOT NULL,
    holder_id uuid NOT NULL,
    taker_id uuid NOT NULL,
    -- With what is needed before and after. Touching is fine: the end does not belong to the range.
    during tstzrange NOT NULL CHECK (NOT (isempty(during) OR lower_inf(during) OR upper_inf(during))),
    PRIMARY KEY (business_id, taker_id, holder_id, during),
    -- Nobody is in two places at once.
    CONSTRAINT claims_overlap EXCLUDE USING gist (holder_id WITH =, during WITH &&)
);

-- All or nothing: whoever cannot take what it needs is undone. Taking without an error first and counting then is what
-- keeps many who want the same from waiting for each other.
CREATE FUNCTION claim(business uuid, holder uuid, taker uuid, wanted tstzrange) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO claims (business_id, holder_id, taker_id, during) VALUES (business, holder, taker, wanted)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE exclusion_violation USING MESSAGE = 'that time is taken', TABLE = 'claims', CONSTRAINT = 'claims_overlap';
    END IF;
END
$$;
CREATE FUNCTION appointments_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM claims WHERE business_id = OLD.business_id AND taker_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' AND takes_time(NEW.status) THEN
        PERFORM claim(NEW.business_id, NEW.staff_id, NEW.id, tstzrange(NEW.blocked_from, NEW.blocked_until));
    END IF;
    RETURN NULL;
END
$$;

INSERT INTO claims (business_id, holder_id, taker_id, during)
SELECT business_id, staff_id, id, tstzrange(blocked_from, blocked_until) FROM appointments WHERE takes_time(status);
ALTER TABLE appointments DROP CONSTRAINT appointments_overlap;

CREATE TRIGGER appointments_claim AFTER INSERT OR DELETE ON appointments
    FOR EACH ROW EXECUTE FUNCTION appointments_claim();
CREATE TRIGGER appointments_claim_anew AFTER UPDATE OF status, staff_id, blocked_from, blocked_until ON appointments
    FOR EACH ROW WHEN (
        (takes_time(OLD.status), OLD.staff_id, OLD.blocked_from, OLD.blocked_until)
        IS DISTINCT FROM (takes_time(NEW.status), NEW.staff_id, NEW.blocked_from, NEW.blocked_until)
    ) EXECUTE FUNCTION appointments_claim();
