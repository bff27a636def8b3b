UPDATE service SET behind_commit = $2, behind_since = $3, behind_reason = $4 WHERE name = $1;
