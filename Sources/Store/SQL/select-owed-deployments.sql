-- A deployment with several comes with each: whoever asks passes over what he has seen.
SELECT deployment.service, deployment.number FROM notification
JOIN deployment ON deployment.sequence = notification.deployment
WHERE notification.target = $1 AND notification.status = 'pending'
ORDER BY notification.due_at, notification.sequence LIMIT $2;
