UPDATE deployment SET image_condemned_at = NULL, image_removed_at = NULL
WHERE image_digest = $1 AND image_repository = $2 AND image_condemned_at IS NOT NULL;
