INSERT INTO session (name_sha256, token, binding, began_at, used_at) VALUES ($1, $2, $3, $4, $5);
