UPDATE service SET entry_name = $2 WHERE name = $1;
