SELECT taken_until FROM speaking_turn WHERE listener = $1;
