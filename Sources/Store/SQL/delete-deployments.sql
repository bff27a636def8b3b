-- Of a service, up to a sequence and over since before a time, the first that ended, at most $4 at once.
-- What is deployed stays, and so does what another names: that other goes first.
DELETE FROM deployment WHERE sequence IN (
  SELECT sequence FROM deployment AS old
  WHERE service = $1 AND sequence <= $2 AND finished_at < $3
    AND NOT EXISTS (SELECT 1 FROM service WHERE name = old.service AND current_number = old.number)
    AND NOT EXISTS (
      SELECT 1 FROM deployment WHERE service = old.service AND image_reused_from = old.number)
    AND NOT EXISTS (
      SELECT 1 FROM deployment WHERE service = old.service AND rollback_of = old.number)
    AND NOT EXISTS (
      SELECT 1 FROM deployment WHERE service = old.service AND rolled_back_from = old.number)
    AND NOT EXISTS (
      SELECT 1 FROM deployment WHERE service = old.service AND retry_of = old.number)
    AND NOT EXISTS (
      SELECT 1 FROM deployment WHERE service = old.service AND superseded_by = old.number)
  ORDER BY finished_at LIMIT $4);
