-- What is left of appointments when a client's file goes.

-- What the notices of the last cancellations have to say, kept until they have left: the file, and the
-- appointment itself, are gone by then. No foreign key to either; whoever erases takes it by `client_id`.
CREATE TABLE parting_notices (
    appointment_id uuid PRIMARY KEY,
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    client_id uuid NOT NULL,
    client text NOT NULL,
    email text,
    service text NOT NULL,
    staff text NOT NULL,
    price_minor integer NOT NULL,
    currency text NOT NULL,
    note text,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX parting_notices_by_client ON parting_notices (business_id, client_id);

-- How many came on a day, and what for: it stays when those who came are forgotten, and says nothing of them.
CREATE TABLE erased_visits (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    day date NOT NULL,
    service_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    status varchar(9) NOT NULL,
    currency varchar(3) NOT NULL,
    count integer NOT NULL,
    total_minor bigint NOT NULL,
    FOREIGN KEY (business_id, service_id) REFERENCES services (business_id, id) ON DELETE CASCADE,
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id) ON DELETE CASCADE,
    UNIQUE (business_id, day, service_id, staff_id, status, currency)
);
CREATE INDEX erased_visits_by_day ON erased_visits (business_id, day, id);

-- By the database itself, so that it is counted as well when the module is off.
CREATE FUNCTION count_erased_visits() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO erased_visits (business_id, day, service_id, staff_id, status, currency, count, total_minor)
    SELECT gone.business_id, (gone.starts_at AT TIME ZONE b.zone)::date, gone.service_id, gone.staff_id, gone.status,
        gone.currency, count(*), sum(gone.price_minor)
    FROM gone JOIN businesses b ON b.id = gone.business_id
    WHERE gone.starts_at < now()
    GROUP BY 1, 2, 3, 4, 5, 6
    ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (business_id, day, service_id, staff_id, status, currency) DO UPDATE
        SET count = erased_visits.count + excluded.count, total_minor = erased_visits.total_minor + excluded.total_minor;
    RETURN NULL;
END
$$;
CREATE TRIGGER appointments_erased AFTER DELETE ON appointments
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION count_erased_visits();
