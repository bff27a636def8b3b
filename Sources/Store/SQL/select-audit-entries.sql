SELECT * FROM audit_entry WHERE sequence < $1 ORDER BY sequence DESC LIMIT $2;
