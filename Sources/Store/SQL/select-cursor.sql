SELECT head FROM branch_cursor WHERE repository = $1 AND branch = $2;
