SELECT notification.sequence FROM notification
JOIN deployment ON deployment.sequence = notification.deployment
WHERE deployment.service = $2 AND deployment.number = $3 AND notification.target = $1
  AND notification.status = 'pending'
ORDER BY notification.position LIMIT 1;
