UPDATE deployment SET input_digest = $3 WHERE service = $1 AND number = $2;
