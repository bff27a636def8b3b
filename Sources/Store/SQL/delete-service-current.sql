UPDATE service
SET current_number = NULL, current_tag = NULL, current_digest = NULL, current_source = NULL,
  current_manifest = NULL, current_since = NULL
WHERE name = $1;
