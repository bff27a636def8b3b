SELECT * FROM deployment
WHERE service = $1 AND rolled_back_from = $2 AND manifest_commit IS NOT NULL
ORDER BY sequence DESC LIMIT 1;
