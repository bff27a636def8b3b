UPDATE deployment
SET state = $3, updated_at = $4, finished_at = $5, released = $6, recovered = $7,
  superseded_by = $8, failure_stage = $9, failure_code = $10, failure_message = $11,
  lease_owner = $12, lease_until = $13
WHERE service = $1 AND number = $2;
