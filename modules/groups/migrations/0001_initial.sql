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
    created_at timestamptz NOT NULL DEFAULT now(),
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id),
    CONSTRAINT client_groups_name UNIQUE (business_id, folded_name)
);
CREATE INDEX client_groups_by_name ON client_groups (business_id, sort_name, id);
CREATE TRIGGER client_groups_version BEFORE UPDATE ON client_groups
    FOR EACH ROW EXECUTE FUNCTION bump_version();

-- Membership is a set: nobody is in a group twice. The business is part of each key, so no group
-- joins two businesses.
CREATE TABLE group_members (
    business_id uuid NOT NULL,
    group_id uuid NOT NULL,
    client_id uuid NOT NULL,
    added_at timestamptz NOT NULL DEFAULT now(),
    -- An account, as the log knows it: whoever added them may be gone.
    added_by uuid,
    PRIMARY KEY (group_id, client_id),
    FOREIGN KEY (business_id, group_id) REFERENCES client_groups (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, client_id) REFERENCES clients (business_id, id) ON DELETE CASCADE
);
CREATE INDEX group_members_by_client ON group_members (business_id, client_id, group_id);

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
