UPDATE deployment SET manifest_commit = $3 WHERE service = $1 AND number = $2;
