SELECT * FROM deployment WHERE service = $1 AND sequence < $2 ORDER BY sequence DESC LIMIT $3;
