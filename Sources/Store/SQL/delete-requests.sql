DELETE FROM api_request WHERE begun_at < $1;
