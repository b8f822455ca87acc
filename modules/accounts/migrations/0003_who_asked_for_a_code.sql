-- From which network a code was asked for, as a hash: its tries are its own, whatever strangers use up.
ALTER TABLE sign_in_requests ADD COLUMN asked_from bytea CHECK (length(asked_from) = 32);
ALTER TABLE sign_in_codes ADD COLUMN asked_from bytea CHECK (length(asked_from) = 32);
