-- What every module's tables may rely on.

CREATE EXTENSION IF NOT EXISTS btree_gist;  -- "nobody is in two places at once": equality beside ranges in one constraint
CREATE EXTENSION IF NOT EXISTS pg_trgm;     -- finding a name by any part of it
CREATE EXTENSION IF NOT EXISTS unaccent;    -- finding Zoë by "zoe"
CREATE EXTENSION IF NOT EXISTS citext;      -- mail addresses that differ by capitals are the same

-- CREATE TRIGGER version BEFORE UPDATE ON client FOR EACH ROW EXECUTE FUNCTION bump_version();
CREATE FUNCTION bump_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;
COMMENT ON FUNCTION bump_version() IS 'Counts the changes of a row, so that an edit of an old copy can be refused.';
