-- Services, staff, who performs what, and when.

CREATE TABLE services (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name varchar(200) NOT NULL CHECK (name <> ''),
    description text,
    -- At most a day: the calendar finds what is under way by looking back that far.
    duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 1 AND 1440),
    buffer_before_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_before_minutes BETWEEN 0 AND 480),
    buffer_after_minutes integer NOT NULL DEFAULT 0 CHECK (buffer_after_minutes BETWEEN 0 AND 480),
    price_minor integer NOT NULL CHECK (price_minor >= 0),
    currency varchar(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    colour varchar(7) NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),
    active boolean NOT NULL DEFAULT true,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id)
);
CREATE INDEX services_by_name ON services (business_id, name, id);
CREATE TRIGGER services_version BEFORE UPDATE ON services
    FOR EACH ROW EXECUTE FUNCTION bump_version();

CREATE TABLE staff (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name varchar(200) NOT NULL CHECK (name <> ''),
    colour varchar(7) NOT NULL CHECK (colour ~ '^#[0-9a-f]{6}$'),
    active boolean NOT NULL DEFAULT true,
    account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    version integer NOT NULL DEFAULT 1,
    UNIQUE (business_id, id)
);
CREATE INDEX staff_by_name ON staff (business_id, name, id);
-- One person is one member of staff at a business.
CREATE UNIQUE INDEX staff_account ON staff (business_id, account_id);
CREATE INDEX staff_account_id ON staff (account_id);
CREATE TRIGGER staff_version BEFORE UPDATE ON staff
    FOR EACH ROW EXECUTE FUNCTION bump_version();

-- Who performs what. The business is part of both keys, so nobody performs another's service.
CREATE TABLE service_staff (
    business_id uuid NOT NULL,
    service_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    PRIMARY KEY (service_id, staff_id),
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id) ON DELETE CASCADE
);
CREATE INDEX service_staff_by_service ON service_staff (business_id, service_id);
CREATE INDEX service_staff_by_staff ON service_staff (business_id, staff_id);

CREATE TABLE working_hours (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    starts time NOT NULL,
    -- 00:00 is midnight at the end of the day.
    ends time NOT NULL CHECK (ends > starts OR ends = '00:00'),
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id) ON DELETE CASCADE,
    CONSTRAINT working_hours_overlap EXCLUDE USING gist (
        staff_id WITH =,
        weekday WITH =,
        int4range(
            extract(epoch FROM starts)::int,
            CASE WHEN ends = '00:00' THEN 86400 ELSE extract(epoch FROM ends)::int END
        ) WITH &&
    )
);
CREATE INDEX working_hours_by_staff ON working_hours (business_id, staff_id, weekday, starts);

CREATE TABLE time_off (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > starts_at),
    reason varchar(200),
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id) ON DELETE CASCADE
);
CREATE INDEX time_off_by_staff ON time_off (business_id, staff_id, ends_at);
