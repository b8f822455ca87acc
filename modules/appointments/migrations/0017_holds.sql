-- A time that is held for whoever is about to book it; it takes the time of its staff until it ends by itself.
CREATE TABLE slot_holds (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    -- Who holds it: an account, or else a network address.
    account_id uuid,
    address text NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    staff_ids uuid[] NOT NULL,
    during tstzrange[] NOT NULL CHECK (cardinality(during) = cardinality(staff_ids)),
    expires_at timestamptz NOT NULL
);
CREATE INDEX slot_holds_expiring ON slot_holds (expires_at);
CREATE INDEX slot_holds_by_business ON slot_holds (business_id, expires_at);

CREATE FUNCTION slot_holds_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM claims WHERE business_id = OLD.business_id AND taker_id = OLD.id;
    ELSE
        PERFORM claim(NEW.business_id, staff_id, NEW.id, wanted, NEW.expires_at)
        FROM unnest(NEW.staff_ids, NEW.during) AS place (staff_id, wanted);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER slot_holds_claim AFTER INSERT OR DELETE ON slot_holds
    FOR EACH ROW EXECUTE FUNCTION slot_holds_claim();
