SELECT 1 AS found FROM manifest_intent WHERE repository = $1 AND path = $2 AND blob_id = $3
LIMIT 1;
