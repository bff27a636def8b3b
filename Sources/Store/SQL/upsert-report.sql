INSERT INTO deployment_report (
  deployment, said_state, said_at, status, environment, environment_id, environment_state)
SELECT sequence, $3, $4, $5, $6, $7, $8 FROM deployment WHERE service = $1 AND number = $2
ON CONFLICT (deployment) DO UPDATE
SET said_state = excluded.said_state, said_at = excluded.said_at, status = excluded.status,
  environment = excluded.environment, environment_id = excluded.environment_id,
  environment_state = excluded.environment_state;
