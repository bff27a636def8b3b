-- R10: what a newer push of the service replaces. A person's wish is never among it.
SELECT number FROM deployment
WHERE finished_at IS NULL AND service = $1 AND sequence < $2 AND state = 'queued'
  AND cause IN ('push', 'catch-up', 'retry')
ORDER BY sequence;
