-- Each id a text names is looked up by the index, however many are to be forgotten: LIMIT keeps the planner from
-- reading them all for every text.
CREATE OR REPLACE FUNCTION erasure_named(said text, business uuid, erasure uuid) RETURNS SETOF text LANGUAGE sql STABLE AS $$
    SELECT DISTINCT found[1]
    FROM regexp_matches(said, '[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}', 'g') AS found
    CROSS JOIN LATERAL (
        SELECT FROM erasure_ids i
        WHERE i.business_id = business AND i.erasure_id = erasure AND i.id = found[1]::uuid LIMIT 1
    ) AS known
$$;
