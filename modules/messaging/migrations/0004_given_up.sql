-- A line whose job was given up; it waits again when somebody puts that job back.
ALTER TABLE messages ADD COLUMN given_up boolean NOT NULL DEFAULT false;
