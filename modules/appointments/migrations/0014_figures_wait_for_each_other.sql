-- Whoever counts a client's visits waits for a booking under way, also for one that changes no figure: a count beside it
-- would not see it, and it would not see the count.
CREATE OR REPLACE FUNCTION appointments_made() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    one appointments;
    whose uuid[];
BEGIN
    IF (SELECT count(*) FROM made) = 1 THEN
        SELECT * INTO one FROM made;
        IF one.status = 'BOOKED' AND one.starts_at > now() THEN
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

DO $$ BEGIN
    PERFORM count_visits(VARIADIC ids) FROM (
        SELECT array_agg(id) AS ids FROM (
            SELECT id, row_number() OVER (ORDER BY id) / 1000 AS part FROM client_figures
        ) c GROUP BY part
    ) parts;
END $$;
