DELETE FROM speaking_turn WHERE taken_until < $1;
