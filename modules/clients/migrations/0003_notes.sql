-- What the team writes down about a client, what clients agreed to and how, and the tags in use.

CREATE TABLE client_notes (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    kind varchar(10) NOT NULL CHECK (kind IN ('GENERAL', 'ALLERGY', 'MEDICATION', 'FORMULA', 'ALERT')),
    text text NOT NULL CHECK (text <> ''),
    author_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    edited_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX client_notes_by_client ON client_notes (business_id, client_id, created_at, id);
CREATE INDEX client_notes_by_author ON client_notes (author_id);
CREATE TRIGGER client_notes_version BEFORE UPDATE ON client_notes
    FOR EACH ROW EXECUTE FUNCTION bump_version();

-- Every yes and every no to marketing, with who heard it and how: the proof of `clients.consents`.
CREATE TABLE client_consents (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    client_id uuid NOT NULL,
    channel varchar(5) NOT NULL CHECK (channel IN ('EMAIL', 'SMS', 'PHONE', 'POST')),
    granted boolean NOT NULL,
    how text,
    recorded_by_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    at timestamptz NOT NULL DEFAULT now(),
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX client_consents_by_client ON client_consents (business_id, client_id, at, id);
CREATE INDEX client_consents_by_recorder ON client_consents (recorded_by_id);

CREATE VIEW client_tags AS
SELECT business_id, tag::varchar(50) AS tag, count(*)::integer AS count
FROM clients CROSS JOIN LATERAL unnest(tags) AS tag
GROUP BY business_id, tag;
