-- A redelivery that is compared by its own ends, whatever the cursor says.
ALTER TABLE delivery ADD COLUMN by_itself INTEGER NOT NULL DEFAULT 0
  CHECK (by_itself IN (0, 1));
