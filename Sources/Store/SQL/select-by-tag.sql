-- From the tag to the deployment: a CROSS JOIN, because SQLite keeps its order.
SELECT deployment.* FROM deployment_tag
CROSS JOIN deployment
WHERE deployment_tag.tag = $2 AND deployment.sequence = deployment_tag.deployment
  AND deployment.service = $1
ORDER BY deployment.sequence DESC LIMIT 1;
