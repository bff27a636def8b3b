SELECT service, number, state FROM deployment WHERE finished_at IS NULL ORDER BY sequence;
