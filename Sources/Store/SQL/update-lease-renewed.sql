UPDATE deployment SET lease_until = $4
WHERE service = $1 AND number = $2 AND lease_owner = $3;
