-- How clients book: what the business sets, and what a service sets for itself; null is as the business does.
CREATE TABLE booking_settings (
    business_id uuid PRIMARY KEY REFERENCES businesses (id) ON DELETE CASCADE,
    version integer NOT NULL DEFAULT 1,
    booking_mode varchar(7) NOT NULL DEFAULT 'INSTANT' CHECK (booking_mode IN ('INSTANT', 'REQUEST')),
    lead_minutes integer NOT NULL DEFAULT 0 CHECK (lead_minutes BETWEEN 0 AND 129600),
    horizon_days integer NOT NULL DEFAULT 365 CHECK (horizon_days BETWEEN 1 AND 365),
    cancel_until_minutes integer NOT NULL DEFAULT 0 CHECK (cancel_until_minutes BETWEEN 0 AND 129600),
    move_until_minutes integer NOT NULL DEFAULT 0 CHECK (move_until_minutes BETWEEN 0 AND 129600),
    -- Starts are counted from the full hour, so a step divides it.
    step_minutes integer NOT NULL DEFAULT 15 CHECK (step_minutes BETWEEN 5 AND 60 AND 60 % step_minutes = 0),
    hold_minutes integer NOT NULL DEFAULT 10 CHECK (hold_minutes BETWEEN 1 AND 60),
    request_expires_minutes integer NOT NULL DEFAULT 1440 CHECK (request_expires_minutes BETWEEN 15 AND 43200)
);
CREATE TRIGGER booking_settings_version BEFORE UPDATE ON booking_settings
    FOR EACH ROW EXECUTE FUNCTION bump_version();

ALTER TABLE services
    ADD booking_mode varchar(7) CHECK (booking_mode IN ('INSTANT', 'REQUEST')),
    ADD lead_minutes integer CHECK (lead_minutes BETWEEN 0 AND 129600),
    ADD horizon_days integer CHECK (horizon_days BETWEEN 1 AND 365),
    ADD cancel_until_minutes integer CHECK (cancel_until_minutes BETWEEN 0 AND 129600),
    ADD move_until_minutes integer CHECK (move_until_minutes BETWEEN 0 AND 129600);
