-- $2: what changed before is no news any more. $3: what ended before and was never spoken of ended
-- before anybody was to speak of it.
SELECT deployment.service, deployment.number FROM deployment
LEFT JOIN deployment_report AS report ON report.deployment = deployment.sequence
WHERE deployment.updated_at >= $2 AND deployment.source_repository = $1
  AND ((report.deployment IS NULL
      AND (deployment.finished_at IS NULL OR deployment.updated_at >= $3))
    OR (report.deployment IS NOT NULL
      AND (report.said_state IS NULL OR report.said_state <> deployment.state
        OR report.said_at <> deployment.updated_at)))
ORDER BY deployment.sequence LIMIT $4;
