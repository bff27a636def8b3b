SELECT delivery, service, number FROM deployment
WHERE delivery IS NOT NULL AND delivery >= $1 AND delivery <= $2
ORDER BY delivery, sequence;
