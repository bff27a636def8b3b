-- The oldest first.
SELECT image_digest FROM deployment
WHERE service = $1 AND image_repository = $2 AND published_at IS NOT NULL
  AND image_removed_at IS NULL AND image_condemned_at IS NOT NULL
ORDER BY sequence LIMIT $3;
