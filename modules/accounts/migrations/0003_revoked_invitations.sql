-- An offer that is taken back stays to be seen, and its address can be invited anew.
ALTER TABLE invitations ADD COLUMN revoked_at timestamptz;
DROP INDEX invitations_open;
CREATE UNIQUE INDEX invitations_open ON invitations (business_id, email)
    WHERE accepted_at IS NULL AND revoked_at IS NULL;
