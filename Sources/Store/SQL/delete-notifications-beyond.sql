-- The oldest that ended, up to $1, at most $2 at once.
DELETE FROM notification WHERE sequence IN (
  SELECT sequence FROM notification WHERE status <> 'pending' AND sequence <= $1
  ORDER BY sequence LIMIT $2);
