-- R9: of those that gave way to $2 while they were held, the newest before $3.
SELECT * FROM deployment
WHERE service = $1 AND superseded_by = $2 AND sequence < $3 AND state = 'superseded'
  AND image_digest IS NOT NULL AND image_condemned_at IS NULL
ORDER BY sequence DESC LIMIT 1;
