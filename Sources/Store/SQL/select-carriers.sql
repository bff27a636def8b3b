-- Whose images contain the newest source of the service: mostly one.
SELECT sequence, service, number, state, updated_at, manifest_commit FROM deployment
WHERE service = $1 AND carries >= $2
ORDER BY sequence DESC LIMIT 50;
