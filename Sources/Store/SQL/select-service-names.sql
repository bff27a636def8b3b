SELECT name FROM service;
