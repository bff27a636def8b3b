-- The newest of a service beyond its $2 newest.
SELECT sequence FROM deployment WHERE service = $1 ORDER BY sequence DESC LIMIT 1 OFFSET $2;
