UPDATE deployment SET lease_owner = NULL, lease_until = NULL
WHERE finished_at IS NULL AND substr(lease_owner, 1, $2) = $1;
