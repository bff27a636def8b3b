UPDATE service SET behind_commit = NULL, behind_since = NULL, behind_reason = NULL
WHERE name = $1 AND behind_commit = $2;
