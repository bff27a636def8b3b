SELECT sequence, received_at, outcome FROM delivery WHERE sequence > $1
ORDER BY sequence LIMIT $2;
