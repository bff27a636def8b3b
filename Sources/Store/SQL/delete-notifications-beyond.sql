DELETE FROM notification WHERE status <> 'pending' AND sequence <= $1;
