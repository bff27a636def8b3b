SELECT service.*, current.carries AS current_carries FROM service
LEFT JOIN deployment AS current
  ON current.service = service.name AND current.number = service.current_number
WHERE service.name = $1;
