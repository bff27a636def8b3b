-- Differs because: types have other names.
-- What has been said on GitHub, so that a restart says what is owed, and nothing twice.

-- said_state, said_at: the record as it was when everything had been said of it; null: something is
-- owed. environment: the deployment there; asked: perhaps it was opened, and the answer was lost.
CREATE TABLE deployment_report (
  deployment BIGINT PRIMARY KEY REFERENCES deployment (sequence) ON DELETE CASCADE,
  said_state TEXT,
  said_at BIGINT,
  status TEXT,
  environment TEXT NOT NULL CHECK (environment IN ('none', 'asked', 'open', 'refused')),
  environment_id BIGINT,
  environment_state TEXT,
  CHECK ((said_state IS NULL) = (said_at IS NULL)),
  CHECK ((environment_id IS NOT NULL) = (environment = 'open')),
  CHECK (environment_state IS NULL OR environment = 'open')
);
-- What changed since some days ago: few, whatever the history's size.
CREATE INDEX deployment_updated ON deployment (source_repository, updated_at);

-- What a push that does not reach a service owes to its commit; gone once it is said.
CREATE TABLE commit_notice (
  sequence BIGINT PRIMARY KEY,
  repository TEXT NOT NULL,
  commit_id TEXT NOT NULL CHECK (length(commit_id) IN (40, 64)),
  service TEXT NOT NULL,
  description TEXT NOT NULL,
  noted_at BIGINT NOT NULL
);
