-- $4: now. Nothing is changed while it is another's.
INSERT INTO speaking_turn (listener, owner, taken_until) VALUES ($1, $2, $3)
ON CONFLICT (listener) DO UPDATE
SET owner = excluded.owner, taken_until = excluded.taken_until
WHERE speaking_turn.owner = excluded.owner OR speaking_turn.taken_until <= $4;
