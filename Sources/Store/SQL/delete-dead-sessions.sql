DELETE FROM session WHERE used_at <= $1 OR began_at <= $2;
