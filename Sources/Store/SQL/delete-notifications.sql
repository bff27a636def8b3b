DELETE FROM notification WHERE ended_at < $1;
