SELECT * FROM delivery WHERE outcome = 'pending' AND repository = $1 AND ref = $2
ORDER BY sequence LIMIT $3;
