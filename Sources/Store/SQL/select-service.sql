SELECT * FROM service WHERE name = $1;
