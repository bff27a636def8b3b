INSERT INTO branch_cursor (repository, branch, head, moved_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (repository, branch) DO UPDATE SET head = excluded.head, moved_at = excluded.moved_at;
