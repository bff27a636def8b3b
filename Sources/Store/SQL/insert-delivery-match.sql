INSERT INTO delivery_match (delivery, position, service, triggered, file, pattern, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7);
