-- How clients come and go, in a narrow table of its own: a booking no longer writes the whole file anew, with all
-- that is indexed of it. The id is the client's own; it goes with the file.
CREATE TABLE client_figures (
    id uuid PRIMARY KEY REFERENCES clients (id) ON DELETE CASCADE,
    business_id uuid NOT NULL,
    -- When the file was opened, which never changes: those who never came are sorted by it.
    opened_at timestamptz NOT NULL,
    visit_count integer NOT NULL DEFAULT 0 CHECK (visit_count >= 0),
    no_show_count integer NOT NULL DEFAULT 0 CHECK (no_show_count >= 0),
    late_cancel_count integer NOT NULL DEFAULT 0 CHECK (late_cancel_count >= 0),
    spent_minor bigint NOT NULL DEFAULT 0 CHECK (spent_minor >= 0),
    last_visit_at timestamptz,
    next_visit_at timestamptz
);
INSERT INTO client_figures (id, business_id, opened_at, visit_count, no_show_count, late_cancel_count, spent_minor,
    last_visit_at, next_visit_at)
SELECT id, business_id, created_at, visit_count, no_show_count, late_cancel_count, spent_minor, last_visit_at,
    next_visit_at
FROM clients;

-- Orders. Each ends with the id, in the same direction, so that a page begins anywhere at once.
CREATE INDEX client_figures_by_last_visit ON client_figures (business_id, last_visit_at, id)
    WHERE last_visit_at IS NOT NULL;
CREATE INDEX client_figures_by_next_visit ON client_figures (business_id, next_visit_at, id)
    WHERE next_visit_at IS NOT NULL;
CREATE INDEX client_figures_never_came ON client_figures (business_id, opened_at, id) WHERE last_visit_at IS NULL;
CREATE INDEX client_figures_come_no_more ON client_figures (business_id, opened_at, id) WHERE next_visit_at IS NULL;
CREATE INDEX client_figures_by_visits ON client_figures (business_id, visit_count, id);
CREATE INDEX client_figures_by_spent ON client_figures (business_id, spent_minor, id);
CREATE INDEX client_figures_by_no_shows ON client_figures (business_id, no_show_count, id);
CREATE INDEX client_figures_late_cancels ON client_figures (business_id, late_cancel_count, id)
    WHERE late_cancel_count > 0;

-- Their indexes go with the columns. A version counts what people change, as it does everywhere.
DROP TRIGGER clients_version ON clients;
ALTER TABLE clients DROP visit_count, DROP no_show_count, DROP late_cancel_count, DROP spent_minor,
    DROP last_visit_at, DROP next_visit_at;
CREATE TRIGGER clients_version BEFORE UPDATE ON clients FOR EACH ROW EXECUTE FUNCTION bump_version();

CREATE FUNCTION client_figures_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO client_figures (id, business_id, opened_at) SELECT id, business_id, created_at FROM opened;
    RETURN NULL;
END
$$;
CREATE TRIGGER client_figures_insert AFTER INSERT ON clients REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION client_figures_begin();

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
            min(a.starts_at) FILTER (WHERE a.status = 'BOOKED' AND a.starts_at > now()) AS next_visit
        FROM client_figures k
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
CREATE OR REPLACE FUNCTION appointments_made() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one appointments;
    whose uuid[];
BEGIN
    IF (SELECT count(*) FROM made) = 1 THEN
        SELECT * INTO one FROM made;
        IF one.status = 'BOOKED' AND one.starts_at > now() THEN
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
        WHERE a.status = 'BOOKED' AND a.ends_at > since AND a.ends_at <= now()
        UNION
        SELECT c.id FROM businesses b JOIN client_figures c ON c.business_id = b.id WHERE c.next_visit_at <= now()
    ) each);
    IF whose IS NOT NULL THEN
        PERFORM count_visits(VARIADIC whose);
    END IF;
    RETURN coalesce(cardinality(whose), 0);
END
$$;
