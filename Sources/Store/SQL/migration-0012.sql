-- A condemned image that was published anew is there again, for every deployment that has it.
UPDATE deployment SET image_condemned_at = NULL, image_removed_at = NULL
WHERE image_condemned_at IS NOT NULL
  AND EXISTS (
    SELECT 1 FROM deployment AS fresh
    WHERE fresh.image_digest = deployment.image_digest
      AND fresh.image_repository = deployment.image_repository
      AND fresh.published_at IS NOT NULL AND fresh.image_condemned_at IS NULL);
