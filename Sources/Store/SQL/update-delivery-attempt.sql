UPDATE delivery SET attempts = attempts + 1, reason = $2 WHERE guid = $1 AND outcome = 'pending';
