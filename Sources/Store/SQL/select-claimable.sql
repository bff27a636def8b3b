-- The oldest after $2 that nobody holds a live lease on. States beyond those asked for repeat one.
SELECT sequence, service, number FROM deployment
WHERE finished_at IS NULL AND (lease_until IS NULL OR lease_until <= $1) AND sequence > $2
  AND state IN ($3, $4, $5, $6, $7, $8)
ORDER BY sequence LIMIT 1;
