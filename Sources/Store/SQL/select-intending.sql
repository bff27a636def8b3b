SELECT deployment.* FROM manifest_intent
CROSS JOIN deployment
WHERE manifest_intent.repository = $1 AND manifest_intent.manifest_commit = $2
  AND deployment.sequence = manifest_intent.deployment
ORDER BY deployment.sequence DESC LIMIT 1;
