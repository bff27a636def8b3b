-- A delivery that was reopened is as old as the push that it tells of. first_sequence: its sequence before it was
-- reopened for the first time; null if it never was.
ALTER TABLE delivery ADD COLUMN first_sequence INTEGER;
