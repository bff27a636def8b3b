SELECT service, number, sequence, basis_sequence FROM deployment
WHERE finished_at IS NULL AND service = $1 AND state = $2 AND number <> $3
ORDER BY sequence;
