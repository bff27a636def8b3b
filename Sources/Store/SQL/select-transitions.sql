SELECT * FROM transition WHERE deployment = $1 ORDER BY position;
