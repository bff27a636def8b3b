INSERT INTO deployment_tag (tag, deployment) VALUES ($1, $2) ON CONFLICT DO NOTHING;
