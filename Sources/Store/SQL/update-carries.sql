-- R14: its source contains the newest source of its service, which was evaluated only after it was asked for.
UPDATE deployment SET carries = $3
WHERE service = $1 AND number = $2 AND (carries IS NULL OR carries < $3);
