-- Settings have defaults and count their changes, as those of every module do.
ALTER TABLE group_settings ALTER former_members_may_reschedule SET DEFAULT true,
    ADD version integer NOT NULL DEFAULT 1;
CREATE TRIGGER group_settings_version BEFORE UPDATE ON group_settings
    FOR EACH ROW EXECUTE FUNCTION bump_version();
