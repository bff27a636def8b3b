SELECT number FROM deployment
WHERE finished_at IS NULL AND service = $1 AND cause IN ('rollback', 'auto-rollback')
ORDER BY sequence LIMIT 1;
