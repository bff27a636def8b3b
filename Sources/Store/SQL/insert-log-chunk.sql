INSERT INTO log_chunk (deployment, position, content)
SELECT $1, coalesce(max(position), -1) + 1, $2 FROM log_chunk WHERE deployment = $1;
