UPDATE deployment SET lease_owner = $2, lease_until = $3 WHERE sequence = $1;
