-- R5(c): what a person, or a rollback, decided after the push.
SELECT number FROM deployment
WHERE service = $1 AND sequence > $2 AND cause IN ('manual', 'rollback', 'auto-rollback')
  AND state NOT IN ('failed', 'cancelled')
ORDER BY sequence DESC LIMIT 1;
