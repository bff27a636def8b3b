SELECT * FROM delivery WHERE guid = $1;
