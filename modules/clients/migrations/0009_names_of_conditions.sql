-- Filters that are kept call their conditions what they are called now.
CREATE FUNCTION pg_temp.renamed(was jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    names CONSTANT jsonb := '{"lastVisit": "lastVisitAt", "nextVisit": "nextVisitAt",
        "visits": "visitCount", "spent": "lifetimeValue", "noShows": "noShowCount",
        "lateCancellations": "lateCancelCount", "preferredStaff": "preferredStaffIds",
        "consent": "consents", "created": "createdAt", "accountState": "accountStatus",
        "groups": "groupIds"}';
    became jsonb := '{}';
    name text;
    value jsonb;
BEGIN
    FOR name, value IN SELECT * FROM jsonb_each(was) LOOP
        IF name IN ('and', 'or') AND jsonb_typeof(value) = 'array' THEN
            SELECT coalesce(jsonb_agg(CASE WHEN jsonb_typeof(each) = 'object'
                    THEN pg_temp.renamed(each) ELSE each END ORDER BY place), '[]')
                INTO value FROM jsonb_array_elements(value) WITH ORDINALITY AS listed (each, place);
        ELSIF name = 'not' AND jsonb_typeof(value) = 'object' THEN
            value := pg_temp.renamed(value);
        ELSIF name = 'spent' AND jsonb_typeof(value) = 'object' THEN
            SELECT coalesce(jsonb_object_agg(bound, CASE WHEN jsonb_typeof(amount) = 'number'
                    THEN jsonb_build_object('amountMinor', amount) ELSE amount END), '{}')
                INTO value FROM jsonb_each(value) AS said (bound, amount);
        END IF;
        became := became || jsonb_build_object(coalesce(names ->> name, name), value);
    END LOOP;
    RETURN became;
END $$;
UPDATE client_segments SET conditions = pg_temp.renamed(conditions);
DROP FUNCTION pg_temp.renamed;
