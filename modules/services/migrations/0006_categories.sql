-- Categories of the price list, in the order the business gives them.
CREATE TABLE service_categories (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name varchar(200) NOT NULL CHECK (name <> ''),
    description text,
    position integer NOT NULL,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id)
);
CREATE INDEX service_categories_by_position ON service_categories (business_id, position, id);
-- No two have one name, however it is capitalised: `Straße` is `STRASSE`.
CREATE UNIQUE INDEX service_categories_name
    ON service_categories (business_id, casefold(name COLLATE pg_unicode_fast));
CREATE TRIGGER service_categories_version BEFORE UPDATE ON service_categories
    FOR EACH ROW EXECUTE FUNCTION bump_version();

-- A category that goes is taken off its services first, each of which tells of it.
ALTER TABLE services
    ADD category_id uuid,
    ADD FOREIGN KEY (business_id, category_id) REFERENCES service_categories (business_id, id);
CREATE INDEX services_by_category ON services (business_id, category_id, name, id);
