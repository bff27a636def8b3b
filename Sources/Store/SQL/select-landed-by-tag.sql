SELECT deployment.* FROM deployment_tag
JOIN deployment ON deployment.sequence = deployment_tag.deployment
WHERE deployment_tag.tag = $2 AND deployment.service = $1
  AND deployment.manifest_commit IS NOT NULL
ORDER BY deployment.sequence DESC LIMIT 1;
