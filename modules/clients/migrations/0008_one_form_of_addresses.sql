-- Every mail address has one form, in which it is kept, written to and proved: `modules/mail_address.py`.

-- What is written in another way to the same letters (full-width ones) was mailed there, and is an address of
-- somebody else in its one form. It proved nothing about that one: whoever signed in by it is out, and asked anew.
CREATE TEMPORARY TABLE other_letters ON COMMIT DROP AS
SELECT business_id, id, account_id FROM clients
WHERE normalize(lower(email::text COLLATE pg_unicode_fast), NFKC) <> lower(email::text COLLATE pg_unicode_fast);

DELETE FROM sessions s USING other_letters o
WHERE s.account_id = o.account_id AND s.business_id = o.business_id AND s.only_as_client;
DELETE FROM memberships m USING other_letters o
WHERE m.account_id = o.account_id AND m.business_id = o.business_id AND m.role = 'CLIENT';
DELETE FROM client_links
WHERE normalize(lower(email::text COLLATE pg_unicode_fast), NFKC) <> lower(email::text COLLATE pg_unicode_fast);
UPDATE clients c SET account_id = NULL, account_state = 'NONE', email_verified_at = NULL
FROM other_letters o WHERE c.business_id = o.business_id AND c.id = o.id;

-- Whatever writes a file, however old what it writes is: an import that waits, a merge that is undone.
CREATE FUNCTION one_form_of_address() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.email := normalize(lower(normalize(NEW.email::text, NFKC) COLLATE pg_unicode_fast), NFKC);
    RETURN NEW;
END
$$;
CREATE TRIGGER clients_email BEFORE INSERT OR UPDATE OF email ON clients FOR EACH ROW
    WHEN (NEW.email::text <> normalize(lower(normalize(NEW.email::text, NFKC) COLLATE pg_unicode_fast), NFKC))
    EXECUTE FUNCTION one_form_of_address();
CREATE TRIGGER client_links_email BEFORE INSERT OR UPDATE OF email ON client_links FOR EACH ROW
    WHEN (NEW.email::text <> normalize(lower(normalize(NEW.email::text, NFKC) COLLATE pg_unicode_fast), NFKC))
    EXECUTE FUNCTION one_form_of_address();

UPDATE clients SET email = email
WHERE email::text <> normalize(lower(normalize(email::text, NFKC) COLLATE pg_unicode_fast), NFKC);
UPDATE client_links SET email = email
WHERE email::text <> normalize(lower(normalize(email::text, NFKC) COLLATE pg_unicode_fast), NFKC);
