-- Give the database, and what an earlier version made in it as its superuser, to the server's role.
--
-- One transaction, and the same however often it is done. PostgreSQL runs it alone, with nobody
-- connected, and takes an empty line after a semicolon for the end of the statement.
DO $settle$
DECLARE
    secret text := (SELECT rolpassword FROM pg_authid WHERE rolname = 'regulars');
    change text;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'regulars_server') THEN
        CREATE ROLE regulars_server;
    END IF;
    ALTER ROLE regulars_server LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOREPLICATION NOBYPASSRLS;
    IF secret IS NOT NULL THEN  -- as stored, which is not the password itself
        EXECUTE format('ALTER ROLE regulars_server PASSWORD %L', secret);
        ALTER ROLE regulars PASSWORD NULL;
    END IF;
    ALTER DATABASE postgres OWNER TO regulars_server;
    FOR change IN
        WITH made AS (
            SELECT oid, 'ALTER TABLE ' || oid::regclass AS what, relowner AS owner,
                'pg_class'::regclass AS catalog, relnamespace AS schema
            FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
            UNION ALL
            SELECT oid, 'ALTER ROUTINE ' || oid::regprocedure, proowner, 'pg_proc'::regclass,
                pronamespace
            FROM pg_proc
            UNION ALL
            SELECT oid, 'ALTER TYPE ' || oid::regtype, typowner, 'pg_type'::regclass, typnamespace
            FROM pg_type WHERE typtype IN ('e', 'd') OR typtype = 'c' AND EXISTS (
                SELECT FROM pg_class c WHERE c.oid = typrelid AND c.relkind = 'c')
            UNION ALL
            SELECT oid, format('ALTER SCHEMA %I', nspname), nspowner, 'pg_namespace'::regclass, oid
            FROM pg_namespace
        )
        SELECT what || ' OWNER TO regulars_server' FROM made
        WHERE owner = 'regulars'::regrole
            AND schema NOT IN (SELECT oid FROM pg_namespace
                WHERE nspname ~ '^pg_' OR nspname = 'information_schema')
            -- What belongs to an extension, or to a column as its sequence, goes with that.
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = made.catalog
                AND d.objid = made.oid AND (d.deptype = 'e'
                    OR d.deptype IN ('a', 'i') AND d.refobjsubid > 0))
    LOOP
        EXECUTE change;
    END LOOP;
END $settle$
