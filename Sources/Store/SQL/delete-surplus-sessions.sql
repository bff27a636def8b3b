DELETE FROM session
WHERE token = $1 AND name_sha256 NOT IN (
  SELECT name_sha256 FROM session WHERE token = $1
  ORDER BY used_at DESC, began_at DESC, name_sha256 LIMIT $2);
