-- Days that are not like their weekday: other hours of somebody, or none; and days on which the business is closed.
CREATE TABLE dated_hours (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    day date NOT NULL,
    -- Both null: no work on that day. 00:00 as an end is midnight at the end of the day.
    starts time,
    ends time,
    CHECK ((starts IS NULL) = (ends IS NULL) AND (ends > starts OR ends = '00:00')),
    FOREIGN KEY (business_id, staff_id) REFERENCES staff (business_id, id) ON DELETE CASCADE,
    CONSTRAINT dated_hours_overlap EXCLUDE USING gist (
        staff_id WITH =,
        day WITH =,
        int4range(
            coalesce(extract(epoch FROM starts)::int, 0),
            CASE WHEN ends IS NULL OR ends = '00:00' THEN 86400 ELSE extract(epoch FROM ends)::int END
        ) WITH &&
    )
);
CREATE INDEX dated_hours_by_staff ON dated_hours (business_id, staff_id, day);

CREATE TABLE closings (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    business_id uuid NOT NULL REFERENCES businesses (id) ON DELETE CASCADE,
    name varchar(200) NOT NULL CHECK (name <> ''),
    first_day date NOT NULL,
    last_day date NOT NULL CHECK (last_day >= first_day)
);
CREATE INDEX closings_by_business ON closings (business_id, last_day);
