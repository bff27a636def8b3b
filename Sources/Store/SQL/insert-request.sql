INSERT INTO api_request (token, route, request_key, body_sha256, begun_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (token, route, request_key) DO NOTHING;
