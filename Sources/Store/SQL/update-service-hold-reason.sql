-- The hold that this very deployment placed.
UPDATE service SET hold_reason = hold_reason || $3 WHERE name = $1 AND hold_sequence = $2;
