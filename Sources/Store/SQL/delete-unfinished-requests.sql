DELETE FROM api_request WHERE status IS NULL;
