DELETE FROM api_request WHERE status IS NULL AND begun_at < $1;
