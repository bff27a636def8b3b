UPDATE service SET entry_name = $2
WHERE name = $1 AND (entry_name IS NULL OR entry_name = '');
