-- The next deployments that have a log, from the oldest on.
SELECT deployment.sequence, deployment.created_at, deployment.finished_at
FROM (
  SELECT DISTINCT deployment FROM log_chunk WHERE deployment > $1 ORDER BY deployment LIMIT $2
) AS logged
JOIN deployment ON deployment.sequence = logged.deployment
ORDER BY deployment.sequence;
