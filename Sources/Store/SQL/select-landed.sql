-- R9 plans on these: what ran or is being rolled out, what is deployed whatever became of it, every
-- rollback that landed (for what it rejects), and what a rollback rejected (for its digest).
SELECT landed.* FROM deployment AS landed
WHERE landed.service = $1 AND landed.manifest_commit IS NOT NULL
  AND (landed.state IN ('syncing', 'live', 'committed')
    OR landed.cause IN ('rollback', 'auto-rollback')
    OR landed.number = $2
    OR EXISTS (
      SELECT 1 FROM deployment AS rejecting
      WHERE rejecting.service = landed.service AND rejecting.rolled_back_from = landed.number
        AND rejecting.manifest_commit IS NOT NULL))
ORDER BY landed.sequence DESC LIMIT $3;
