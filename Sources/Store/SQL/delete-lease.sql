UPDATE deployment SET lease_owner = NULL, lease_until = NULL
WHERE service = $1 AND number = $2 AND lease_owner = $3;
