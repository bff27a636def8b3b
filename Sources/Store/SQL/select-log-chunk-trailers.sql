SELECT substr(content, length(content) - 3) AS trailer FROM log_chunk WHERE deployment = $1
ORDER BY position;
