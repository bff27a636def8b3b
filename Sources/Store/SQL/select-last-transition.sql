SELECT reason FROM transition WHERE deployment = $1 ORDER BY position DESC LIMIT 1;
