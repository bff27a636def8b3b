-- R14 and `behind`: what a service wants is kept, and whether it is behind follows from the record.

-- wanted: the newest source that triggered the service, skipped or not. wanted_number counts them.
ALTER TABLE service RENAME COLUMN behind_commit TO wanted_commit;
ALTER TABLE service RENAME COLUMN behind_since TO wanted_since;
ALTER TABLE service RENAME COLUMN behind_reason TO wanted_reason;
ALTER TABLE service ADD COLUMN wanted_number INTEGER NOT NULL DEFAULT 0 CHECK (wanted_number >= 0);
-- The image that the service's entry named when it was last looked at, without tag; empty: there was
-- no entry; null: nobody looked.
ALTER TABLE service ADD COLUMN entry_name TEXT;

-- Every source of the service up to this number is in its image; null: nobody knows.
ALTER TABLE deployment ADD COLUMN carries INTEGER CHECK (carries > 0);
CREATE INDEX deployment_carrying ON deployment (service, carries) WHERE carries IS NOT NULL;
-- Where it is committed: as configured when the work on it began.
ALTER TABLE deployment ADD COLUMN manifest_repository TEXT;
ALTER TABLE deployment ADD COLUMN manifest_branch TEXT;
ALTER TABLE deployment ADD COLUMN manifest_path TEXT;
ALTER TABLE deployment ADD COLUMN manifest_image TEXT;

-- What was behind is wanted (1). Of the others the newest source from a push is (2): it is deployed
-- or in flight, or they would have been behind.
UPDATE service SET wanted_number = 1 WHERE wanted_commit IS NOT NULL;
UPDATE service
SET wanted_number = 2,
  (wanted_commit, wanted_since, wanted_reason) = (
    SELECT source_commit, created_at, reason FROM deployment
    WHERE service = service.name AND cause IN ('push', 'catch-up') AND source_commit IS NOT NULL
    ORDER BY sequence DESC LIMIT 1)
WHERE wanted_number = 0 AND EXISTS (
  SELECT 1 FROM deployment
  WHERE service = service.name AND cause IN ('push', 'catch-up') AND source_commit IS NOT NULL);
UPDATE deployment
SET carries = (SELECT wanted_number FROM service WHERE name = deployment.service)
WHERE source_commit = (SELECT wanted_commit FROM service WHERE name = deployment.service);
UPDATE deployment
SET carries = 2
WHERE number = (
    SELECT current_number FROM service WHERE name = deployment.service AND wanted_number = 2)
  AND NOT EXISTS (
    SELECT 1 FROM deployment AS other
    WHERE other.service = deployment.service AND other.carries = 2
      AND other.finished_at IS NULL);
