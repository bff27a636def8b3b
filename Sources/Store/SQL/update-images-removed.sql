UPDATE deployment SET image_removed_at = $3
WHERE image_digest = $1 AND image_repository = $2 AND image_condemned_at IS NOT NULL
  AND image_removed_at IS NULL;
