-- Registry clean-up. image_condemned_at: nothing may deploy the image any more, and the registry is to
-- delete it; image_removed_at: it did.
ALTER TABLE deployment ADD COLUMN image_condemned_at INTEGER;
ALTER TABLE deployment ADD COLUMN image_removed_at INTEGER
  CHECK (image_removed_at IS NULL OR image_condemned_at IS NOT NULL);
CREATE INDEX deployment_image ON deployment (image_digest, image_repository)
  WHERE image_digest IS NOT NULL;
CREATE INDEX deployment_image_there ON deployment (service, sequence)
  WHERE published_at IS NOT NULL AND image_removed_at IS NULL;
