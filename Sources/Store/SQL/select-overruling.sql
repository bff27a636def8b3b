-- R5(c): what a person, or a rollback, decided after the push. One whose rollout failed has landed: git names it.
SELECT number FROM deployment
WHERE service = $1 AND sequence > $2 AND cause IN ('manual', 'rollback', 'auto-rollback')
  AND (manifest_commit IS NOT NULL OR state NOT IN ('failed', 'cancelled', 'superseded'))
ORDER BY sequence DESC LIMIT 1;
