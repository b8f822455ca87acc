-- What a business wants to know of its clients beyond what every business does.

CREATE TABLE client_fields (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name varchar(200) NOT NULL CHECK (name <> ''),
    kind varchar(6) NOT NULL CHECK (kind IN ('TEXT', 'NUMBER', 'DATE', 'CHOICE')),
    options text[] NOT NULL DEFAULT '{}',
    required boolean NOT NULL DEFAULT false,
    position integer NOT NULL,
    archived_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id),
    CHECK ((kind = 'CHOICE') = (options <> '{}'))
);
CREATE INDEX client_fields_by_position ON client_fields (business_id, position, id);
CREATE UNIQUE INDEX client_fields_name ON client_fields (business_id, lower(name)) WHERE archived_at IS NULL;
CREATE TRIGGER client_fields_version BEFORE UPDATE ON client_fields
    FOR EACH ROW EXECUTE FUNCTION bump_version();

-- The values are kept in the file itself (`clients.custom`, by field); here they are rows. Values of
-- archived fields stay where they are, and are seen again when the field comes back.
CREATE VIEW client_field_values AS
SELECT c.business_id, c.id AS file_id, f.id AS field_id, f.position,
    CASE WHEN f.kind = 'TEXT' THEN c.custom ->> f.id::text END AS text,
    CASE WHEN f.kind = 'NUMBER' THEN (c.custom ->> f.id::text)::double precision END AS number,
    CASE WHEN f.kind = 'DATE' THEN (c.custom ->> f.id::text)::date END AS date,
    CASE WHEN f.kind = 'CHOICE' THEN c.custom ->> f.id::text END AS choice
FROM clients c
JOIN client_fields f ON f.business_id = c.business_id AND c.custom ? f.id::text
WHERE f.archived_at IS NULL;
