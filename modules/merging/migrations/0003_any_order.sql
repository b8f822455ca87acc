-- Whose values were chosen, so that a merge can be worked out again when an earlier one is undone.
ALTER TABLE client_merges ADD chosen jsonb;

-- A name that is folded in another way is compared again; no version tells.
CREATE FUNCTION compared_files_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM compared_files WHERE business_id = NEW.business_id AND client_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER compared_files_renamed AFTER UPDATE OF sort_name ON clients FOR EACH ROW
    WHEN (OLD.sort_name IS DISTINCT FROM NEW.sort_name) EXECUTE FUNCTION compared_files_renamed();

-- Names are compared with those next to them, in the orders the list has anyway.
DROP INDEX clients_by_beginning;
