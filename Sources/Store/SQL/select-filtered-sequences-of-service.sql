SELECT sequence FROM deployment
WHERE service = $1 AND state = $2 AND cause = $3 AND sequence < $4
ORDER BY sequence DESC LIMIT $5;
