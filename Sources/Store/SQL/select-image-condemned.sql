SELECT image_condemned_at FROM deployment
WHERE image_digest = $1 AND image_repository = $2 AND image_condemned_at IS NOT NULL
ORDER BY sequence DESC LIMIT 1;
