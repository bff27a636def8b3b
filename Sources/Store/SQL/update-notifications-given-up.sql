UPDATE notification
SET status = 'dead', due_at = NULL, ended_at = $2, last_error = coalesce(last_error, $3)
WHERE status = 'pending' AND target = $4 AND owed_since < $1;
