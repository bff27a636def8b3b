SELECT sequence FROM notification WHERE status = $1 AND sequence < $2
ORDER BY sequence DESC LIMIT $3;
