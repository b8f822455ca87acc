-- Groups of clients, and whom services are for that are not for everyone.

CREATE TABLE client_groups (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name varchar(200) NOT NULL CHECK (name <> ''),
    description text,
    -- The name in small letters, whatever the locale of the database: one group of a name.
    folded_name text NOT NULL,
    -- The name in folded letters, by which groups are sorted and found.
    sort_name text NOT NULL,
    -- How many are in it: kept by triggers, since counting them takes longer the more there are.
    size integer NOT NULL DEFAULT 0 CHECK (size >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id),
    CONSTRAINT client_groups_name UNIQUE (business_id, folded_name)
);
CREATE INDEX client_groups_by_name ON client_groups (business_id, sort_name, id);
-- Coming and going is not an edit: nobody who renames a group is told that it is stale because
-- somebody joined meanwhile.
CREATE TRIGGER client_groups_version BEFORE UPDATE ON client_groups FOR EACH ROW
WHEN (OLD.size = NEW.size) EXECUTE FUNCTION bump_version();

-- Membership is a set: nobody is in a group twice. The business is part of each key, so no group
-- joins two businesses.
CREATE TABLE group_members (
    business_id uuid NOT NULL,
    group_id uuid NOT NULL,
    client_id uuid NOT NULL,
    -- The client's, for pages of a group in the order of names, however many there are.
    sort_name text NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    -- An account, as the log knows it: whoever added them may be gone.
    added_by uuid,
    PRIMARY KEY (group_id, client_id),
    FOREIGN KEY (business_id, group_id) REFERENCES client_groups (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX group_members_by_client ON group_members (business_id, client_id, group_id);
CREATE INDEX group_members_by_name ON group_members (business_id, group_id, sort_name, client_id);
-- The clients of groups as a list of clients: the id is the client's own.
CREATE VIEW group_clients AS
SELECT client_id AS id, business_id, group_id, sort_name FROM group_members;

-- Whoever renames the client at this moment does so before or after.
CREATE FUNCTION group_members_named() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT sort_name INTO NEW.sort_name FROM clients
    WHERE business_id = NEW.business_id AND id = NEW.client_id FOR SHARE;
    RETURN NEW;
END
$$;
CREATE TRIGGER group_members_named BEFORE INSERT OR UPDATE OF client_id ON group_members
    FOR EACH ROW EXECUTE FUNCTION group_members_named();
CREATE FUNCTION group_members_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE group_members SET sort_name = NEW.sort_name
    WHERE business_id = NEW.business_id AND client_id = NEW.id;
    RETURN NULL;
END
$$;
CREATE TRIGGER group_members_renamed AFTER UPDATE OF sort_name ON clients FOR EACH ROW
    WHEN (OLD.sort_name IS DISTINCT FROM NEW.sort_name) EXECUTE FUNCTION group_members_renamed();

CREATE FUNCTION client_groups_grown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE client_groups g SET size = size + n
    FROM (SELECT business_id, group_id, count(*) AS n FROM changed GROUP BY 1, 2) c
    WHERE g.business_id = c.business_id AND g.id = c.group_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER client_groups_grown AFTER INSERT ON group_members REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION client_groups_grown();
CREATE FUNCTION client_groups_shrunk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE client_groups g SET size = size - n
    FROM (SELECT business_id, group_id, count(*) AS n FROM changed GROUP BY 1, 2) c
    WHERE g.business_id = c.business_id AND g.id = c.group_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER client_groups_shrunk AFTER DELETE ON group_members REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION client_groups_shrunk();

-- Whom a service is for whose audience is SELECTED: the clients in these groups, and these clients.
CREATE TABLE service_groups (
    business_id uuid NOT NULL,
    service_id uuid NOT NULL,
    group_id uuid NOT NULL,
    PRIMARY KEY (service_id, group_id),
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, group_id) REFERENCES client_groups (business_id, id) ON DELETE CASCADE
);
CREATE INDEX service_groups_by_group ON service_groups (business_id, group_id, service_id);

CREATE TABLE service_clients (
    business_id uuid NOT NULL,
    service_id uuid NOT NULL,
    client_id uuid NOT NULL,
    PRIMARY KEY (service_id, client_id),
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX service_clients_by_client ON service_clients (business_id, client_id, service_id);

CREATE TABLE group_settings (
    business_id uuid PRIMARY KEY REFERENCES businesses (id) ON DELETE CASCADE,
    -- Whether clients may move what they booked of a service they could not book any more.
    former_members_may_reschedule boolean NOT NULL
);
