-- Nothing if it was published anew since.
SELECT image_condemned_at FROM deployment
WHERE image_digest = $1 AND image_repository = $2 AND image_condemned_at IS NOT NULL
  AND NOT EXISTS (
    SELECT 1 FROM deployment AS fresh
    WHERE fresh.image_digest = $1 AND fresh.image_repository = $2
      AND fresh.published_at IS NOT NULL AND fresh.image_condemned_at IS NULL)
ORDER BY sequence DESC LIMIT 1;
