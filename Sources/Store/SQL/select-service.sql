SELECT service.*, current.carries AS current_carries, current.source_repository,
  current.source_branch, current.source_commit, current.source_subject, current.source_author,
  current.source_committed_at
FROM service
LEFT JOIN deployment AS current
  ON current.service = service.name AND current.number = service.current_number
WHERE service.name = $1;
