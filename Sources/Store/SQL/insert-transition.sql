INSERT INTO transition (deployment, position, state, entered_at, reason, details)
SELECT $1, coalesce(max(position), 0) + 1, $2, $3, $4, $5 FROM transition WHERE deployment = $1;
