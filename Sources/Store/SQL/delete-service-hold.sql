UPDATE service
SET hold_until = NULL, hold_until_time = NULL, hold_reason = NULL, hold_actor = NULL,
  hold_since = NULL, hold_sequence = NULL
WHERE name = $1;
