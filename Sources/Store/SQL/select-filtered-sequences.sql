SELECT sequence FROM deployment WHERE state = $1 AND cause = $2 AND sequence < $3
ORDER BY sequence DESC LIMIT $4;
