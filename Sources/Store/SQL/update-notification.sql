UPDATE notification
SET status = $2, attempts = attempts + 1, due_at = $3, ended_at = $4, last_error = $5
WHERE sequence = $1 AND status = 'pending';
