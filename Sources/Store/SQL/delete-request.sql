DELETE FROM api_request
WHERE token = $1 AND route = $2 AND request_key = $3 AND status IS NULL;
