SELECT * FROM deployment WHERE sequence < $1 ORDER BY sequence DESC LIMIT $2;
