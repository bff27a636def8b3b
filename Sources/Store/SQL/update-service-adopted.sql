-- Nobody has looked before.
UPDATE service
SET current_number = $2, current_tag = $3, current_digest = $4, current_source = $5,
  current_manifest = $6, current_since = $7
WHERE name = $1 AND current_tag IS NULL AND entry_name IS NULL;
