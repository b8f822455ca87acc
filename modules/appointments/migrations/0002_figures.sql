-- How clients come and go, kept in their files: a visit was completed, or was booked and is over.

-- Which appointments end by themselves: nobody has to say how they went.
CREATE INDEX appointments_ending ON appointments (ends_at) WHERE status = 'BOOKED';

-- Up to when that has been looked at.
CREATE TABLE visits_counted (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    until timestamptz NOT NULL
);
INSERT INTO visits_counted (until) VALUES (now());

-- Count anew, as often as one likes. The rows are taken first, in one order, so that the statement
-- that counts sees what others who held them have done.
CREATE FUNCTION count_visits(VARIADIC of_clients uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM clients WHERE id = ANY (of_clients) ORDER BY id FOR NO KEY UPDATE;
    UPDATE clients c SET visit_count = f.visits, no_show_count = f.no_shows,
        late_cancel_count = f.late_cancels, spent_minor = f.spent,
        last_visit_at = f.last_visit, next_visit_at = f.next_visit
    FROM (
        SELECT k.id, count(*) FILTER (WHERE came) AS visits,
            count(*) FILTER (WHERE a.status = 'NO_SHOW') AS no_shows,
            count(*) FILTER (WHERE a.status = 'CANCELLED'
                AND a.cancelled_at > a.starts_at - interval '24 hours'
                AND a.cancelled_at < a.ends_at) AS late_cancels,
            coalesce(sum(a.price_minor) FILTER (WHERE came AND a.currency = b.currency), 0) AS spent,
            max(a.starts_at) FILTER (WHERE came) AS last_visit,
            min(a.starts_at) FILTER (WHERE a.status = 'BOOKED' AND a.starts_at > now()) AS next_visit
        FROM clients k
        JOIN businesses b ON b.id = k.business_id
        LEFT JOIN appointments a ON a.business_id = k.business_id AND a.client_id = k.id
        CROSS JOIN LATERAL (
            SELECT a.status = 'COMPLETED' OR a.status = 'BOOKED' AND a.ends_at <= now() AS came
        ) visit
        WHERE k.id = ANY (of_clients)
        GROUP BY k.id
    ) f
    WHERE c.id = f.id
        AND (c.visit_count, c.no_show_count, c.late_cancel_count, c.spent_minor, c.last_visit_at, c.next_visit_at)
        IS DISTINCT FROM (f.visits, f.no_shows, f.late_cancels, f.spent, f.last_visit, f.next_visit);
END
$$;

-- A booking of what is to come changes one figure at most, and need not count to know it.
CREATE FUNCTION appointments_made() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one appointments;
    whose uuid[];
BEGIN
    IF (SELECT count(*) FROM made) = 1 THEN
        SELECT * INTO one FROM made;
        IF one.status = 'BOOKED' AND one.starts_at > now() THEN
            UPDATE clients SET next_visit_at = one.starts_at
            WHERE business_id = one.business_id AND id = one.client_id
                AND (next_visit_at IS NULL OR next_visit_at > one.starts_at);
            IF FOUND OR NOT EXISTS (
                SELECT FROM clients WHERE business_id = one.business_id AND id = one.client_id
                    AND next_visit_at <= now()
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
CREATE FUNCTION appointments_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose uuid[] := (
        SELECT array_agg(DISTINCT client_id) FROM (
            SELECT unnest(ARRAY[o.client_id, n.client_id]) AS client_id
            FROM gone o JOIN made n USING (id)
            WHERE (o.client_id, o.status, o.starts_at, o.ends_at, o.price_minor, o.currency, o.cancelled_at)
                IS DISTINCT FROM
                (n.client_id, n.status, n.starts_at, n.ends_at, n.price_minor, n.currency, n.cancelled_at)
        ) each);
BEGIN
    IF whose IS NOT NULL THEN
        PERFORM count_visits(VARIADIC whose);
    END IF;
    RETURN NULL;
END
$$;
CREATE FUNCTION appointments_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    whose uuid[] := (SELECT array_agg(DISTINCT client_id) FROM gone);
BEGIN
    IF whose IS NOT NULL THEN
        PERFORM count_visits(VARIADIC whose);
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER appointments_made AFTER INSERT ON appointments REFERENCING NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION appointments_made();
CREATE TRIGGER appointments_changed AFTER UPDATE ON appointments
    REFERENCING OLD TABLE AS gone NEW TABLE AS made
    FOR EACH STATEMENT EXECUTE FUNCTION appointments_changed();
CREATE TRIGGER appointments_gone AFTER DELETE ON appointments REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION appointments_gone();

-- What the time itself changed since the last look: visits that are over, next visits that began.
-- It looks back a little further, for changes that were under way the last time. Answers how many
-- files it looked at.
CREATE FUNCTION count_ended_visits() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    since timestamptz;
    whose uuid[];
BEGIN
    UPDATE visits_counted SET until = now() RETURNING old.until - interval '10 minutes' INTO since;
    whose := (SELECT array_agg(client_id) FROM (
        SELECT a.client_id FROM appointments a
        WHERE a.status = 'BOOKED' AND a.ends_at > since AND a.ends_at <= now()
        UNION
        SELECT c.id FROM businesses b JOIN clients c ON c.business_id = b.id WHERE c.next_visit_at <= now()
    ) each);
    IF whose IS NOT NULL THEN
        PERFORM count_visits(VARIADIC whose);
    END IF;
    RETURN coalesce(cardinality(whose), 0);
END
$$;

DO $$ BEGIN
    PERFORM count_visits(VARIADIC ids) FROM (
        SELECT array_agg(id) AS ids FROM (SELECT id, row_number() OVER (ORDER BY id) / 1000 AS part FROM clients) c
        GROUP BY part
    ) parts;
END $$;
