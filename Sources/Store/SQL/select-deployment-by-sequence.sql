SELECT * FROM deployment WHERE sequence = $1;
