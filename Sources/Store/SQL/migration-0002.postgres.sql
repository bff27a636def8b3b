-- Differs because: types have other names; and no release before this one kept a history in
-- PostgreSQL, so there is none to bring along.
-- R14 and `behind`: what a service wants is kept, and whether it is behind follows from the record.

-- wanted: the newest source that triggered the service, skipped or not. wanted_number counts them.
ALTER TABLE service RENAME COLUMN behind_commit TO wanted_commit;
ALTER TABLE service RENAME COLUMN behind_since TO wanted_since;
ALTER TABLE service RENAME COLUMN behind_reason TO wanted_reason;
ALTER TABLE service ADD COLUMN wanted_number BIGINT NOT NULL DEFAULT 0 CHECK (wanted_number >= 0);
-- The image that the service's entry named when it was last looked at, without tag; empty: there was
-- no entry; null: nobody looked.
ALTER TABLE service ADD COLUMN entry_name TEXT;

-- Every source of the service up to this number is in its image; null: nobody knows.
ALTER TABLE deployment ADD COLUMN carries BIGINT CHECK (carries > 0);
CREATE INDEX deployment_carrying ON deployment (service, carries) WHERE carries IS NOT NULL;
-- Where it is committed: as configured when the work on it began.
ALTER TABLE deployment ADD COLUMN manifest_repository TEXT;
ALTER TABLE deployment ADD COLUMN manifest_branch TEXT;
ALTER TABLE deployment ADD COLUMN manifest_path TEXT;
ALTER TABLE deployment ADD COLUMN manifest_image TEXT;
