-- An appointment is one visit of one or several services, one after another: each is a segment of it.

LOCK TABLE appointments IN SHARE ROW EXCLUSIVE MODE;

CREATE TABLE appointment_segments (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    appointment_id uuid NOT NULL REFERENCES appointments (id) ON DELETE CASCADE,
    position smallint NOT NULL,
    service_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    blocked_from timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL,
    price_minor integer NOT NULL CHECK (price_minor >= 0),
    currency varchar(3) NOT NULL,
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id),
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id),
    UNIQUE (appointment_id, position),
    CHECK (position >= 1),
    CHECK (starts_at < ends_at),
    CHECK (blocked_from <= starts_at AND blocked_until >= ends_at)
);
INSERT INTO appointment_segments (business_id, appointment_id, position, service_id, staff_id, starts_at, ends_at,
    blocked_from, blocked_until, price_minor, currency)
SELECT business_id, id, 1, service_id, staff_id, starts_at, ends_at, blocked_from, blocked_until, price_minor, currency
FROM appointments;

-- The service and the staff of an appointment are those of its first segment, its times those of all of them, and its
-- price is their sum. Who somebody's own appointments are is found by the segments.
DROP INDEX appointments_by_staff;
CREATE INDEX appointment_segments_by_staff ON appointment_segments (business_id, staff_id, starts_at, appointment_id);

-- A claim may end by itself: whoever wants its time afterwards frees it.
ALTER TABLE claims ADD expires_at timestamptz;
DROP FUNCTION claim(uuid, uuid, uuid, tstzrange);
CREATE FUNCTION claim(business uuid, holder uuid, taker uuid, wanted tstzrange, until timestamptz) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    FOR attempt IN 1..2 LOOP
        INSERT INTO claims (business_id, holder_id, taker_id, during, expires_at)
        VALUES (business, holder, taker, wanted, until)
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
            RETURN;
        END IF;
        DELETE FROM claims WHERE holder_id = holder AND during && wanted AND expires_at <= now();
        EXIT WHEN NOT FOUND;
    END LOOP;
    RAISE exclusion_violation USING MESSAGE = 'that time is taken', TABLE = 'claims', CONSTRAINT = 'claims_overlap';
END
$$;

-- What a status of an appointment means is said here, and to Python by `AppointmentStatus`.
CREATE OR REPLACE FUNCTION takes_time(status text) RETURNS boolean IMMUTABLE LANGUAGE sql
RETURN status IN ('REQUESTED', 'PROPOSED', 'BOOKED', 'ARRIVED', 'COMPLETED', 'NO_SHOW');
CREATE FUNCTION is_unanswered(status text) RETURNS boolean IMMUTABLE LANGUAGE sql
RETURN status IN ('REQUESTED', 'PROPOSED');
CREATE FUNCTION is_expected(status text) RETURNS boolean IMMUTABLE LANGUAGE sql
RETURN status IN ('BOOKED', 'ARRIVED');
CREATE FUNCTION is_visit(status text, ends_at timestamptz) RETURNS boolean STABLE LANGUAGE sql
RETURN status = 'COMPLETED' OR status IN ('BOOKED', 'ARRIVED') AND ends_at <= now();

ALTER TABLE appointments DROP CONSTRAINT appointments_status_check,
    ADD CONSTRAINT appointments_status_check CHECK (status IN ('REQUESTED', 'PROPOSED', 'BOOKED', 'ARRIVED', 'COMPLETED',
        'NO_SHOW', 'CANCELLED', 'DECLINED', 'EXPIRED')),
    -- How it came to be; not known of those made before this was kept.
    ADD source varchar(6) CHECK (source IN ('TEAM', 'CLIENT', 'SITE', 'IMPORT')),
    -- Until when a request or a proposal waits for an answer, and takes its time.
    ADD answer_by timestamptz,
    -- Times proposed together: one of them is picked.
    ADD proposal_id uuid,
    ADD client_note text,
    ADD CONSTRAINT appointments_answer_by_check CHECK (answer_by IS NULL OR status IN ('REQUESTED', 'PROPOSED', 'EXPIRED')),
    ADD CONSTRAINT appointments_proposal_check CHECK (status <> 'PROPOSED' OR proposal_id IS NOT NULL);
DROP INDEX appointments_ending;
CREATE INDEX appointments_ending ON appointments (ends_at) WHERE is_expected(status);
CREATE INDEX appointments_unanswered ON appointments (answer_by) WHERE is_unanswered(status);
CREATE INDEX appointments_by_proposal ON appointments (business_id, proposal_id) WHERE proposal_id IS NOT NULL;

DROP TRIGGER appointments_claim ON appointments;
DROP TRIGGER appointments_claim_anew ON appointments;
DROP FUNCTION appointments_claim();

-- Each segment takes the time of its staff while the status of the appointment says so.
CREATE FUNCTION appointment_segments_claim() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_visit appointments;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM claims WHERE business_id = OLD.business_id AND taker_id = OLD.appointment_id
            AND holder_id = OLD.staff_id AND during = tstzrange(OLD.blocked_from, OLD.blocked_until);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT * INTO of_visit FROM appointments WHERE id = NEW.appointment_id;
        IF takes_time(of_visit.status) THEN
            PERFORM claim(NEW.business_id, NEW.staff_id, NEW.appointment_id,
                tstzrange(NEW.blocked_from, NEW.blocked_until), of_visit.answer_by);
        END IF;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER appointment_segments_claim AFTER INSERT OR DELETE ON appointment_segments
    FOR EACH ROW EXECUTE FUNCTION appointment_segments_claim();
-- What moves gives up all its places before it takes the new ones.
CREATE FUNCTION appointment_segments_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM claims k USING before b WHERE k.business_id = b.business_id AND k.taker_id = b.appointment_id;
    PERFORM claim(s.business_id, s.staff_id, s.appointment_id, tstzrange(s.blocked_from, s.blocked_until), a.answer_by)
    FROM appointment_segments s JOIN appointments a ON a.id = s.appointment_id
    WHERE s.appointment_id IN (SELECT appointment_id FROM moved) AND takes_time(a.status)
    ORDER BY s.staff_id, s.starts_at;
    RETURN NULL;
END
$$;
CREATE TRIGGER appointment_segments_move AFTER UPDATE ON appointment_segments
    REFERENCING OLD TABLE AS before NEW TABLE AS moved FOR EACH STATEMENT EXECUTE FUNCTION appointment_segments_move();
CREATE FUNCTION appointments_claim() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM claims WHERE business_id = OLD.business_id AND taker_id = OLD.id;
    IF takes_time(NEW.status) THEN
        PERFORM claim(business_id, staff_id, appointment_id, tstzrange(blocked_from, blocked_until), NEW.answer_by)
        FROM appointment_segments WHERE appointment_id = NEW.id ORDER BY staff_id, starts_at;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER appointments_claim AFTER UPDATE OF status, answer_by ON appointments FOR EACH ROW
    WHEN ((takes_time(OLD.status), OLD.answer_by) IS DISTINCT FROM (takes_time(NEW.status), NEW.answer_by))
    EXECUTE FUNCTION appointments_claim();

-- The figures of clients, by what statuses mean.
CREATE OR REPLACE FUNCTION count_visits(VARIADIC of_clients uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM client_figures WHERE id = ANY (of_clients) ORDER BY id FOR NO KEY UPDATE;
    UPDATE client_figures c SET visit_count = f.visits, no_show_count = f.no_shows,
        late_cancel_count = f.late_cancels, spent_minor = f.spent,
        last_visit_at = f.last_visit, next_visit_at = f.next_visit
    FROM (
        SELECT k.id, count(*) FILTER (WHERE came) AS visits,
            count(*) FILTER (WHERE a.status = 'NO_SHOW') AS no_shows,
            count(*) FILTER (WHERE a.status = 'CANCELLED' AND a.cancelled_by = 'CLIENT'
                AND a.cancelled_at > a.starts_at - interval '24 hours'
                AND a.cancelled_at < a.ends_at) AS late_cancels,
            coalesce(sum(a.price_minor) FILTER (WHERE came AND a.currency = b.currency), 0) AS spent,
            max(a.starts_at) FILTER (WHERE came) AS last_visit,
            min(a.starts_at) FILTER (WHERE is_expected(a.status) AND a.starts_at > now()) AS next_visit
        FROM client_figures k
        JOIN businesses b ON b.id = k.business_id
        LEFT JOIN appointments a ON a.business_id = k.business_id AND a.client_id = k.id
        CROSS JOIN LATERAL (SELECT is_visit(a.status, a.ends_at) AS came) visit
        WHERE k.id = ANY (of_clients)
        GROUP BY k.id
    ) f
    WHERE c.id = f.id
        AND (c.visit_count, c.no_show_count, c.late_cancel_count, c.spent_minor, c.last_visit_at, c.next_visit_at)
        IS DISTINCT FROM (f.visits, f.no_shows, f.late_cancels, f.spent, f.last_visit, f.next_visit);
END
$$;
CREATE OR REPLACE FUNCTION appointments_made() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one appointments;
    whose uuid[];
BEGIN
    IF (SELECT count(*) FROM made) = 1 THEN
        SELECT * INTO one FROM made;
        IF is_unanswered(one.status) THEN
            RETURN NULL;
        END IF;
        IF is_expected(one.status) AND one.starts_at > now() THEN
            PERFORM FROM client_figures WHERE id = one.client_id FOR NO KEY UPDATE;
            UPDATE client_figures SET next_visit_at = one.starts_at
            WHERE id = one.client_id AND (next_visit_at IS NULL OR next_visit_at > one.starts_at);
            IF FOUND OR NOT EXISTS (
                SELECT FROM client_figures WHERE id = one.client_id AND next_visit_at <= now()
            ) THEN
                RETURN NULL;
            END IF;
        END IF;
    END IF;
    whose := (SELECT array_agg(DISTINCT client_id) FROM made);
    IF whose IS NOT NULL THEN
        PERFORM count_visits(VARIADIC whose);
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION count_ended_visits() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz;
    whose uuid[];
BEGIN
    UPDATE visits_counted SET until = now() RETURNING old.until - interval '10 minutes' INTO since;
    whose := (SELECT array_agg(client_id) FROM (
        SELECT a.client_id FROM appointments a
        WHERE is_expected(a.status) AND a.ends_at > since AND a.ends_at <= now()
        UNION
        SELECT c.id FROM businesses b JOIN client_figures c ON c.business_id = b.id WHERE c.next_visit_at <= now()
    ) each);
    IF whose IS NOT NULL THEN
        PERFORM count_visits(VARIADIC whose);
    END IF;
    RETURN coalesce(cardinality(whose), 0);
END
$$;
CREATE OR REPLACE FUNCTION count_spent(of_business uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM client_figures WHERE business_id = of_business ORDER BY id FOR NO KEY UPDATE;
    UPDATE client_figures c SET spent_minor = f.spent
    FROM (
        SELECT k.id, coalesce(sum(a.price_minor), 0) AS spent
        FROM client_figures k
        JOIN businesses b ON b.id = k.business_id
        LEFT JOIN appointments a ON a.business_id = k.business_id AND a.client_id = k.id AND a.currency = b.currency
            AND is_visit(a.status, a.ends_at)
        WHERE k.business_id = of_business
        GROUP BY k.id
    ) f
    WHERE c.id = f.id AND c.spent_minor <> f.spent;
END
$$;
