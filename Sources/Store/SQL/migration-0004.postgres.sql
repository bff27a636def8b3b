-- Differs because: it does not; a dialect's migrations stand together.
-- What is measured is what ended in a window of time.
CREATE INDEX deployment_finished ON deployment (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX deployment_finished_of_service ON deployment (service, finished_at)
  WHERE finished_at IS NOT NULL;
