DELETE FROM speaking_turn WHERE substr(owner, 1, $2) = $1;
