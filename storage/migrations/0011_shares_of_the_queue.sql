-- Whose job it is, so that no business holds more than its share of a worker's places; the nil uuid for our own.
ALTER TABLE job
    ADD COLUMN business_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    -- How often the world outside was not ready for it, which is no failure of the job.
    ADD COLUMN postponed integer NOT NULL DEFAULT 0;
UPDATE job SET business_id = (convert_from(payload, 'UTF8')::jsonb ->> 'business_id')::uuid
WHERE convert_from(payload, 'UTF8')::jsonb ? 'business_id';

-- What is taken next is found by business, so that the backlog of one is never walked through to reach the others.
DROP INDEX job_ep_prio_id_idx;
CREATE INDEX job_waiting ON job (entrypoint, business_id, priority DESC, id, execute_after) WHERE status = 'queued';
