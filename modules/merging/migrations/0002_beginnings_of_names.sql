-- Similar names are looked for among those that begin alike: a trigram index beside the business walks through all of
-- the business's names for each of them.
DROP INDEX clients_by_sort_name;
CREATE INDEX clients_by_beginning ON clients (business_id, left(sort_name, 5));
