-- Whom a request was mailed to: whoever looked after the server when it was made.
ALTER TABLE import_requests ADD operator_email text CHECK (length(operator_email) BETWEEN 3 AND 254);
