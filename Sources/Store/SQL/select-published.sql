-- Only what built its image counts: an image that is reused does not become younger.
SELECT * FROM deployment
WHERE published_at IS NOT NULL AND service = $1 AND input_digest = $2 AND published_at >= $3
  AND image_reused_from IS NULL AND image_condemned_at IS NULL
ORDER BY sequence DESC LIMIT 1;
