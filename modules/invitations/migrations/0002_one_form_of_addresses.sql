-- Invitations to addresses in other letters (full-width ones) than their one form: mailed there, they say nothing of it.
UPDATE client_invitations SET revoked_at = now()
WHERE accepted_at IS NULL AND revoked_at IS NULL
    AND email <> normalize(lower(normalize(email, NFKC) COLLATE pg_unicode_fast), NFKC);
