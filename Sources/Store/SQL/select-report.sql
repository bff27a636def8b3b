SELECT report.* FROM deployment_report AS report
JOIN deployment ON deployment.sequence = report.deployment
WHERE deployment.service = $1 AND deployment.number = $2;
