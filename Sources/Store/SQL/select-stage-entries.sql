SELECT deployment, state, entered_at
FROM transition
WHERE deployment IN (
  SELECT sequence FROM deployment WHERE finished_at >= $1 ORDER BY finished_at DESC LIMIT $2)
ORDER BY deployment, position;
