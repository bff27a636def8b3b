SELECT * FROM service;
