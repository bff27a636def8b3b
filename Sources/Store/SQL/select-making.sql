-- Whether anybody holds a live lease on the making of an image of the service.
SELECT 1 FROM deployment
WHERE finished_at IS NULL AND service = $1 AND lease_until > $2
  AND state IN ('queued', 'building', 'publishing')
LIMIT 1;
