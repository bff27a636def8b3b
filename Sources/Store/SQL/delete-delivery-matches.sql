DELETE FROM delivery_match WHERE delivery = $1;
