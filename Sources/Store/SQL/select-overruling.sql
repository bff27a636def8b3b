-- R5(c): what a person, or a rollback, decided after the push. One whose rollout failed has landed: git names it.
-- $3: only what has landed.
SELECT number FROM deployment
WHERE service = $1 AND sequence > $2 AND cause IN ('manual', 'rollback', 'auto-rollback')
  AND (manifest_commit IS NOT NULL OR ($3 = 0 AND state NOT IN ('failed', 'cancelled', 'superseded')))
ORDER BY sequence DESC LIMIT 1;
