SELECT number, cause, reason, updated_at FROM deployment
WHERE service = $1 AND manifest_commit IS NOT NULL
ORDER BY sequence DESC LIMIT 1;
