SELECT carries FROM deployment WHERE service = $1 AND number = $2;
