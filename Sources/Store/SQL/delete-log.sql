DELETE FROM log_chunk WHERE deployment = $1;
