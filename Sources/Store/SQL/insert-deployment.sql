INSERT INTO deployment (
  sequence, service, number, basis_sequence, delivery, state, cause, actor, reason, created_at,
  updated_at, source_repository, source_branch, source_commit, source_subject, source_author,
  source_committed_at, image_repository, image_tag, image_digest, image_tags, image_reused_from,
  input_digest, trigger_delivery, trigger_file, trigger_pattern, rollback_of, rolled_back_from,
  retry_of, rebuild, released, override_hold, recovered, carries, manifest_repository,
  manifest_branch, manifest_path, manifest_image)
VALUES (
  $1, $2, $3, $4, $5, 'queued', $6, $7, $8, $9,
  $9, $10, $11, $12, $13, $14,
  $15, $16, $17, $18, $19, $20,
  $21, $22, $23, $24, $25, $26,
  $27, $28, $29, $30, 0, $31, $32,
  $33, $34, $35);
