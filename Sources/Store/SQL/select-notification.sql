SELECT notification.*, deployment.service, deployment.number, step.state, step.entered_at,
  step.reason, step.details, earlier.state AS state_before
FROM notification
JOIN deployment ON deployment.sequence = notification.deployment
JOIN transition AS step
  ON step.deployment = notification.deployment AND step.position = notification.position
LEFT JOIN transition AS earlier
  ON earlier.deployment = notification.deployment
  AND earlier.position = notification.position - 1
WHERE notification.sequence = $1;
