DELETE FROM session WHERE name_sha256 = $1;
