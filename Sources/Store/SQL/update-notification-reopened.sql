UPDATE notification
SET status = 'pending', attempts = 0, owed_since = $2, due_at = $2, ended_at = NULL
WHERE sequence = $1 AND status <> 'pending';
