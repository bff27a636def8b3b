-- The first that ended before $1, at most $2 at once.
DELETE FROM notification WHERE sequence IN (
  SELECT sequence FROM notification WHERE ended_at < $1 ORDER BY ended_at LIMIT $2);
