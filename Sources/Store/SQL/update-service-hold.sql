UPDATE service
SET hold_until = $2, hold_until_time = $3, hold_reason = $4, hold_actor = $5, hold_since = $6,
  hold_sequence = $7
WHERE name = $1;
