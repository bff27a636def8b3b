-- What is pending stays, however old (R1).
DELETE FROM delivery WHERE sequence > $1 AND sequence <= $2 AND outcome <> 'pending';
