DELETE FROM commit_notice WHERE sequence = $1;
