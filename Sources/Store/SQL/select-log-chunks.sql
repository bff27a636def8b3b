SELECT position, content FROM log_chunk WHERE deployment = $1 AND position >= $2
ORDER BY position;
