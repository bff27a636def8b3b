UPDATE deployment SET image_condemned_at = $3
WHERE image_digest = $1 AND image_repository = $2 AND image_condemned_at IS NULL;
