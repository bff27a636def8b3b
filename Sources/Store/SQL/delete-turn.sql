DELETE FROM speaking_turn WHERE listener = $1 AND owner = $2;
