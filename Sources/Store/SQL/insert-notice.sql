INSERT INTO commit_notice (sequence, repository, commit_id, service, description, noted_at)
VALUES ($1, $2, $3, $4, $5, $6);
