-- Settings count their changes, so that an edit of an old copy can be refused.
ALTER TABLE client_settings ADD version integer NOT NULL DEFAULT 1;
CREATE TRIGGER client_settings_version BEFORE UPDATE ON client_settings
    FOR EACH ROW EXECUTE FUNCTION bump_version();
