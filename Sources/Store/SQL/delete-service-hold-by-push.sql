-- R9: a push that was accepted after the hold ends it, if it was to last until then.
UPDATE service
SET hold_until = NULL, hold_until_time = NULL, hold_reason = NULL, hold_actor = NULL,
  hold_since = NULL, hold_sequence = NULL
WHERE name = $1 AND hold_until = 'next-push' AND hold_sequence < $2;
