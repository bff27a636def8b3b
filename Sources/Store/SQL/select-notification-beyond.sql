-- The newest that ended beyond the $1 newest.
SELECT sequence FROM notification WHERE status <> 'pending'
ORDER BY sequence DESC LIMIT 1 OFFSET $1;
