UPDATE delivery SET outcome = $2, reason = $3 WHERE guid = $1 AND outcome = 'pending';
