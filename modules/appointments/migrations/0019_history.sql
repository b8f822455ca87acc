-- What happened to an appointment, as the log keeps it.
CREATE INDEX event_of_appointment ON event (subject, seq) WHERE starts_with(kind, 'appointments.Appointment');
CREATE VIEW appointment_steps AS
SELECT seq, business_id, subject AS appointment_id, substr(kind, length('appointments.Appointment') + 1) AS step, at,
    actor AS account_id, data->>'status' AS status, (data->>'starts_at')::timestamptz AS starts_at,
    (data->>'ends_at')::timestamptz AS ends_at, (data->>'staff_id')::uuid AS staff_id
FROM event WHERE starts_with(kind, 'appointments.Appointment');
