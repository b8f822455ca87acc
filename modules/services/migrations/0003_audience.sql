-- Whom a service is for: everyone, or those chosen. Who is chosen is kept by modules that know how to
-- choose; where none is enabled, a service for chosen people is for nobody.
ALTER TABLE services ADD audience varchar(8) NOT NULL DEFAULT 'EVERYONE'
    CHECK (audience IN ('EVERYONE', 'SELECTED'));

-- The audience is set along with a change that counts already: one edit, one version.
DROP TRIGGER services_version ON services;
CREATE TRIGGER services_version BEFORE UPDATE ON services FOR EACH ROW
WHEN (OLD.audience = NEW.audience) EXECUTE FUNCTION bump_version();
