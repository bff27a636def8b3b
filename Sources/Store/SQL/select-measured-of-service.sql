SELECT service, number, state, cause, created_at, finished_at, source_committed_at, failure_stage,
  recovered, rolled_back_from,
  (SELECT min(entered_at) FROM transition
    WHERE deployment = deployment.sequence AND state IN ('syncing', 'committed')) AS landed_at
FROM deployment
WHERE service = $3 AND finished_at >= $1
ORDER BY finished_at DESC
LIMIT $2;
