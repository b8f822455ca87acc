-- The list in every order, cut down by every filter, searched by whatever somebody remembers.

-- What a client is found by. It is a part of the file's row, kept apart because it is heavy to index
-- and rarely changes, while the figures in the file change with every appointment. Its id is the
-- client's own.
CREATE TABLE client_words (
    id uuid PRIMARY KEY,
    business_id uuid NOT NULL,
    sort_name text NOT NULL,
    -- `clients.search_text`, and the beginning of it: the first name, then the last.
    words text NOT NULL,
    starts text NOT NULL,
    -- Numbers for letters and for pairs of letters, for searches too short for trigrams, and checksums
    -- of names with one letter left out at each place: two that differ by one slip have one in common.
    keys integer[] NOT NULL,
    -- By the id alone: checked for every row of a long list, and with both, PostgreSQL may have chosen
    -- an index that starts with the business and nothing else, while the table was still empty.
    FOREIGN KEY (id) REFERENCES clients (id) ON DELETE CASCADE
);

-- The same numbers are made of what is asked for in rules/searching.py.
CREATE FUNCTION client_keys(words text) RETURNS integer[] LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    letters text[] := string_to_array(words, NULL);
BEGIN
    RETURN array(
        SELECT -ascii(one) FROM unnest(letters) one
        UNION
        SELECT (ascii(one) & 32767) * 65536 + (ascii(next) & 65535)
        FROM unnest(letters, letters[2:]) pairs (one, next) WHERE next IS NOT NULL
        UNION
        SELECT (crc32(convert_to(left(word, place - 1) || substr(word, place + 1), 'UTF8')) - 2147483648)::integer
        FROM string_to_table(words, ' ') word, generate_series(1, length(word) + 1) place
        WHERE length(word) BETWEEN 4 AND 40 AND word !~ '[@+0-9]'
    );
END
$$;

CREATE FUNCTION client_words_follow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE client_words SET sort_name = NEW.sort_name, words = NEW.search_text,
        starts = left(NEW.search_text, 80), keys = client_keys(NEW.search_text)
    WHERE business_id = NEW.business_id AND id = NEW.id;
    RETURN NULL;
END
$$;
-- Once for all the files a statement opens: one by one, long lists would take three times as long.
CREATE FUNCTION client_words_begin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO client_words (id, business_id, sort_name, words, starts, keys)
    SELECT id, business_id, sort_name, search_text, left(search_text, 80), client_keys(search_text)
    FROM opened;
    RETURN NULL;
END
$$;
CREATE TRIGGER client_words_insert AFTER INSERT ON clients REFERENCING NEW TABLE AS opened
    FOR EACH STATEMENT EXECUTE FUNCTION client_words_begin();
CREATE TRIGGER client_words_update AFTER UPDATE OF sort_name, search_text ON clients FOR EACH ROW
    WHEN ((OLD.sort_name, OLD.search_text) IS DISTINCT FROM (NEW.sort_name, NEW.search_text))
    EXECUTE FUNCTION client_words_follow();

INSERT INTO client_words (id, business_id, sort_name, words, starts, keys)
SELECT id, business_id, sort_name, search_text, left(search_text, 80), client_keys(search_text)
FROM clients;

DROP INDEX clients_search;
CREATE INDEX client_words_by_name ON client_words (business_id, sort_name, id);
CREATE INDEX client_words_by_start ON client_words (business_id, starts, id);
-- Entries wait in a list before they are sorted in, and every search reads that list: opening many
-- files at once would take several times as long without. `sort_in` in rules/many.py empties it.
CREATE INDEX client_words_parts ON client_words USING gin (business_id, words gin_trgm_ops);
CREATE INDEX client_words_keys ON client_words USING gin (business_id, keys);

-- Orders. Each ends with the id, in the same direction, so that a page begins anywhere at once.
CREATE INDEX clients_by_last_visit ON clients (business_id, last_visit_at, id) WHERE last_visit_at IS NOT NULL;
CREATE INDEX clients_by_next_visit ON clients (business_id, next_visit_at, id) WHERE next_visit_at IS NOT NULL;
CREATE INDEX clients_never_came ON clients (business_id, created_at, id) WHERE last_visit_at IS NULL;
CREATE INDEX clients_come_no_more ON clients (business_id, created_at, id) WHERE next_visit_at IS NULL;
CREATE INDEX clients_by_visits ON clients (business_id, visit_count, id);
CREATE INDEX clients_by_spent ON clients (business_id, spent_minor, id);
CREATE INDEX clients_by_no_shows ON clients (business_id, no_show_count, id);

-- Filters that may leave few of many. What leaves many is found by walking an order.
CREATE INDEX clients_marked ON clients USING gin (business_id, tags, consents);
CREATE INDEX clients_by_source ON clients (business_id, source, sort_name, id);
CREATE INDEX clients_by_state ON clients (business_id, account_state, sort_name, id);
CREATE INDEX clients_late_cancels ON clients (business_id, late_cancel_count, id) WHERE late_cancel_count > 0;
CREATE INDEX clients_blocked ON clients (business_id, sort_name, id) WHERE blocked_at IS NOT NULL;
CREATE INDEX clients_without_email ON clients (business_id, sort_name, id) WHERE email IS NULL;
CREATE INDEX clients_without_phone ON clients (business_id, sort_name, id) WHERE phone IS NULL;
