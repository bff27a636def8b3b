INSERT INTO audit_entry (sequence, happened_at, actor, action, subject, reason, request_id)
VALUES ($1, $2, $3, $4, $5, $6, $7);
