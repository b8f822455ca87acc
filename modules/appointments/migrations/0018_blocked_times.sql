-- Time of the calendar that nobody can be booked in: it takes its holder's time as appointments do.
CREATE TABLE blocked_times (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    reason varchar(200),
    version integer NOT NULL DEFAULT 1,
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id) ON DELETE CASCADE
);
CREATE INDEX blocked_times_by_end ON blocked_times (business_id, ends_at);
CREATE INDEX blocked_times_by_staff ON blocked_times (business_id, staff_id, ends_at);
CREATE TRIGGER blocked_times_version BEFORE UPDATE ON blocked_times
    FOR EACH ROW EXECUTE FUNCTION bump_version();

CREATE FUNCTION blocked_times_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM claims WHERE business_id = OLD.business_id AND taker_id = OLD.id;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        PERFORM claim(NEW.business_id, NEW.staff_id, NEW.id, tstzrange(NEW.starts_at, NEW.ends_at), NULL);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER blocked_times_claim AFTER INSERT OR DELETE OR UPDATE OF staff_id, starts_at, ends_at ON blocked_times
    FOR EACH ROW EXECUTE FUNCTION blocked_times_claim();
