-- Who saves a group with all its members must not undo what somebody else did meanwhile: a group that
-- gets or loses members is another version of it.
DROP TRIGGER client_groups_version ON client_groups;
CREATE TRIGGER client_groups_version BEFORE UPDATE ON client_groups
    FOR EACH ROW EXECUTE FUNCTION bump_version();
