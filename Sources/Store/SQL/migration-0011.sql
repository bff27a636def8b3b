-- Registry clean-up among a million deployments: what may go is found in the order of its end, without a
-- look at what has gone; what is about to go, by itself.
DROP INDEX deployment_image_there;
CREATE INDEX deployment_image_there ON deployment (service, finished_at, sequence)
  WHERE published_at IS NOT NULL AND image_condemned_at IS NULL AND image_removed_at IS NULL;
CREATE INDEX deployment_image_condemned ON deployment (service, sequence)
  WHERE image_condemned_at IS NOT NULL AND image_removed_at IS NULL;
