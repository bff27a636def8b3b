SELECT number, state FROM deployment WHERE finished_at IS NULL AND service = $1
ORDER BY sequence;
