SELECT * FROM manifest_intent WHERE deployment = $1 ORDER BY position;
