UPDATE service
SET wanted_commit = $2, wanted_since = $3, wanted_reason = $4, wanted_number = wanted_number + 1
WHERE name = $1
RETURNING wanted_number;
