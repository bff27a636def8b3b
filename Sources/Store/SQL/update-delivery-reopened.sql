-- At the end of the line, with what it means today (a repository may have been configured since).
UPDATE delivery
SET first_sequence = COALESCE(first_sequence, sequence), sequence = $2, event = $3, repository = $4, ref = $5, before_commit = $6, after_commit = $7,
  forced = $8, pusher = $9, outcome = 'pending', reason = $10, attempts = 0, by_itself = $11
WHERE guid = $1 AND outcome <> 'pending';
