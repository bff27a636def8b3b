SELECT token, binding, began_at, used_at FROM session WHERE name_sha256 = $1;
