-- Which way of folding wrote `sort_name`.
ALTER TABLE client_groups ADD folding smallint;
CREATE INDEX client_groups_outdated ON client_groups (id) WHERE folding IS DISTINCT FROM 1;
