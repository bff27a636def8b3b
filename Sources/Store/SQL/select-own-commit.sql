SELECT 1 AS found FROM manifest_intent WHERE repository = $1 AND manifest_commit = $2 LIMIT 1;
