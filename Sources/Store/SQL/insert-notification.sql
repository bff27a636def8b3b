-- Of the step that the deployment's timeline ends with.
INSERT INTO notification (
  sequence, target, deployment, position, status, attempts, owed_since, due_at)
SELECT $1, $2, $3, max(position), 'pending', 0, $4, $4 FROM transition WHERE deployment = $3;
