-- R1, R2: nothing is changed if the GUID is known.
INSERT INTO delivery (
  sequence, guid, event, received_at, repository, ref, before_commit, after_commit, forced, pusher,
  body_sha256, outcome, reason, attempts)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (guid) DO NOTHING;
