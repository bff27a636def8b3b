-- What images are being made of, under live leases.
SELECT source_commit, service FROM deployment
WHERE finished_at IS NULL AND lease_until > $1
  AND state IN ('queued', 'building', 'publishing') AND source_commit IS NOT NULL;
