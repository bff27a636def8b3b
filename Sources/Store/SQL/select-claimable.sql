-- The $9 oldest after $2 that nobody holds a live lease on. States beyond those asked for repeat one.
-- The coalesce keeps the state out of the choice of an index: the one in order stops at the last.
SELECT sequence, service, number, source_commit FROM deployment
WHERE finished_at IS NULL AND (lease_until IS NULL OR lease_until <= $1) AND sequence > $2
  AND coalesce(state, '') IN ($3, $4, $5, $6, $7, $8)
ORDER BY sequence LIMIT $9;
