-- What belongs to a file goes with it.
ALTER TABLE appointments DROP CONSTRAINT appointments_business_id_client_id_fkey,
    ADD CONSTRAINT appointments_of_the_client FOREIGN KEY (business_id, client_id)
        REFERENCES clients (business_id, id) ON DELETE CASCADE;
