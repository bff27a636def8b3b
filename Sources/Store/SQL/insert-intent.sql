-- Recording the same commit again, after a crash, changes nothing.
INSERT INTO manifest_intent (
  deployment, repository, branch, manifest_commit, path, blob_id, intended_at, number, position)
SELECT $1, $2, $3, $4, $5, $6, $7, $8, coalesce(max(position), 0) + 1
FROM manifest_intent WHERE deployment = $1
ON CONFLICT (deployment, manifest_commit) DO NOTHING;
