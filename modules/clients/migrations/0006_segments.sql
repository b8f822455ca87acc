-- Filters of the client list that somebody named, to use them again.
CREATE TABLE client_segments (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name varchar(200) NOT NULL CHECK (name <> ''),
    description text,
    -- As it was sent: who is meant is found anew every time.
    conditions jsonb NOT NULL CHECK (jsonb_typeof(conditions) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX client_segments_by_name ON client_segments (business_id, name, id);
CREATE TRIGGER client_segments_version BEFORE UPDATE ON client_segments
    FOR EACH ROW EXECUTE FUNCTION bump_version();
