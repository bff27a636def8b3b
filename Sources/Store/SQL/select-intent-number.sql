SELECT number FROM manifest_intent WHERE deployment = $1 AND manifest_commit = $2;
