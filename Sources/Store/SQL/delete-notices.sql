DELETE FROM commit_notice WHERE noted_at < $1;
