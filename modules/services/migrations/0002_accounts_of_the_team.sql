-- Staff sign in as somebody of the team. Whoever leaves it keeps their account to themselves: the
-- link goes with their place, and follows when two accounts become one.
UPDATE staff SET account_id = NULL WHERE account_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM memberships m WHERE m.account_id = staff.account_id AND m.business_id = staff.business_id
);
ALTER TABLE staff
    DROP CONSTRAINT staff_account_id_fkey,
    ADD CONSTRAINT staff_of_the_team FOREIGN KEY (account_id, business_id)
        REFERENCES memberships (account_id, business_id)
        ON UPDATE CASCADE ON DELETE SET NULL (account_id);
