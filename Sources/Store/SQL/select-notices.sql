SELECT * FROM commit_notice WHERE sequence > $1 ORDER BY sequence LIMIT $2;
