UPDATE session SET used_at = $2 WHERE name_sha256 = $1 AND used_at < $2;
