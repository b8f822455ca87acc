-- When the work on an import began, and when it ended, follows from the stages it goes through.
ALTER TABLE client_imports ADD COLUMN started_at timestamptz;
UPDATE client_imports SET started_at = created_at WHERE state <> 'UPLOADING';
UPDATE client_imports SET finished_at = coalesce(finished_at, least(now(), expires_at))
WHERE state IN ('UNREADABLE', 'FAILED', 'EXPIRED');
UPDATE client_imports SET finished_at = NULL WHERE state = 'STOPPED';

CREATE FUNCTION client_imports_times() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state IN ('READING', 'COMMITTING', 'ROLLING_BACK') THEN
        NEW.started_at := now();
        NEW.finished_at := NULL;
    ELSIF NEW.state IN ('UPLOADING', 'READY', 'STOPPED') THEN
        NEW.finished_at := NULL;
    ELSE
        NEW.finished_at := coalesce(NEW.finished_at, now());
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER client_imports_times BEFORE UPDATE OF state ON client_imports
    FOR EACH ROW WHEN (NEW.state IS DISTINCT FROM OLD.state) EXECUTE FUNCTION client_imports_times();
