-- Lists once put words into fields of numbers. Such a value is shown as none, and keeps nobody from reading the file.
CREATE OR REPLACE VIEW client_field_values AS
SELECT c.business_id, c.id AS file_id, f.id AS field_id, f.position,
    CASE WHEN f.kind = 'TEXT' THEN c.custom ->> f.id::text END AS text,
    CASE WHEN f.kind = 'NUMBER' AND jsonb_typeof(c.custom -> f.id::text) = 'number'
        THEN (c.custom ->> f.id::text)::double precision END AS number,
    CASE WHEN f.kind = 'DATE' AND pg_input_is_valid(c.custom ->> f.id::text, 'date')
        THEN (c.custom ->> f.id::text)::date END AS date,
    CASE WHEN f.kind = 'CHOICE' THEN c.custom ->> f.id::text END AS choice
FROM clients c
JOIN client_fields f ON f.business_id = c.business_id AND c.custom ? f.id::text
WHERE f.archived_at IS NULL;
