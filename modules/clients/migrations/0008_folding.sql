-- Which way of folding wrote `sort_name` and `search_text`. What was written by another one is written anew, by
-- `refold` in rules/refolding.py: PostgreSQL folds nothing itself.
ALTER TABLE clients ADD folding smallint;
CREATE INDEX clients_outdated ON clients (id) WHERE folding IS DISTINCT FROM 1;
