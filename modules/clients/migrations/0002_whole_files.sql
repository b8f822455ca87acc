-- A whole file: where somebody lives, what they agreed to, how they got here, how they come and go.

ALTER TABLE clients
    ADD account_id uuid REFERENCES accounts (id) ON DELETE SET NULL,
    ADD account_state varchar(10) NOT NULL DEFAULT 'NONE'
        CHECK (account_state IN ('NONE', 'INVITED', 'UNVERIFIED', 'VERIFIED')),
    ADD email_verified_at timestamptz,
    ADD street text,
    ADD postal_code text,
    ADD city text,
    ADD region text,
    ADD country varchar(2) CHECK (country ~ '^[A-Z]{2}$'),
    ADD tags text[] NOT NULL DEFAULT '{}',
    ADD preferred_staff_id uuid,
    -- The channels on which they agreed to be sent marketing.
    ADD consents text[] NOT NULL DEFAULT '{}' CHECK (consents <@ '{EMAIL,SMS,PHONE,POST}'),
    -- The values of the fields the business defined for itself, by the ids of their definitions.
    ADD custom jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(custom) = 'object'),
    ADD source varchar(10) NOT NULL DEFAULT 'TEAM'
        CHECK (source IN ('TEAM', 'IMPORT', 'INVITATION', 'BOOKING', 'COUPON')),
    ADD blocked_at timestamptz,
    ADD block_reason text,
    ADD picture_id uuid,
    -- How they come and go. Whoever keeps appointments keeps these; without, they stay as they are.
    ADD visit_count integer NOT NULL DEFAULT 0 CHECK (visit_count >= 0),
    ADD no_show_count integer NOT NULL DEFAULT 0 CHECK (no_show_count >= 0),
    ADD late_cancel_count integer NOT NULL DEFAULT 0 CHECK (late_cancel_count >= 0),
    ADD spent_minor bigint NOT NULL DEFAULT 0 CHECK (spent_minor >= 0),
    ADD last_visit_at timestamptz,
    ADD next_visit_at timestamptz,
    ADD birthday_month smallint GENERATED ALWAYS AS (extract(month FROM birthday)::smallint) STORED,
    ADD CONSTRAINT clients_verified CHECK ((account_state = 'VERIFIED') = (email_verified_at IS NOT NULL)),
    ADD CONSTRAINT clients_blocked CHECK (block_reason IS NULL OR blocked_at IS NOT NULL),
    ADD CONSTRAINT clients_preferred_staff FOREIGN KEY (business_id, preferred_staff_id)
        REFERENCES staff (business_id, id) ON DELETE SET NULL (preferred_staff_id);

-- One person has one file at a business.
CREATE UNIQUE INDEX clients_account ON clients (business_id, account_id);
CREATE INDEX clients_account_id ON clients (account_id);
CREATE INDEX clients_preferred_staff ON clients (business_id, preferred_staff_id) WHERE preferred_staff_id IS NOT NULL;

-- A version counts what people change. Coming and going is not an edit: nobody who has a file open
-- is told that it is stale because an appointment was booked meanwhile.
DROP TRIGGER clients_version ON clients;
CREATE TRIGGER clients_version BEFORE UPDATE ON clients FOR EACH ROW
WHEN ((OLD.visit_count, OLD.no_show_count, OLD.late_cancel_count, OLD.spent_minor, OLD.last_visit_at, OLD.next_visit_at)
    IS NOT DISTINCT FROM
    (NEW.visit_count, NEW.no_show_count, NEW.late_cancel_count, NEW.spent_minor, NEW.last_visit_at, NEW.next_visit_at))
EXECUTE FUNCTION bump_version();
