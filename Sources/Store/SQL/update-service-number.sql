UPDATE service SET last_number = last_number + 1 WHERE name = $1 RETURNING last_number;
