UPDATE api_request SET status = $4, location = $5, answer = $6
WHERE token = $1 AND route = $2 AND request_key = $3;
