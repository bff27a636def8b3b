-- Differs because: types have other names, and a table cannot name one that does not exist yet.
-- BIGINT for every number, times as milliseconds since 1970 UTC, booleans 0 and 1.

-- sequence: the last number given to a delivery, deployment, hold or audit entry, so that
-- "accepted after" compares across them. deliveries: how many are stored, since counting a million
-- rows takes too long for pruning. probe: what the readiness check writes.
CREATE TABLE counter (
  name TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('sequence', 0), ('deliveries', 0), ('probe', 0);

CREATE TABLE delivery (
  sequence BIGINT PRIMARY KEY,
  guid TEXT NOT NULL UNIQUE,
  event TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  repository TEXT,
  ref TEXT NOT NULL,
  before_commit TEXT NOT NULL,
  after_commit TEXT NOT NULL,
  forced BIGINT NOT NULL CHECK (forced IN (0, 1)),
  pusher TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  outcome TEXT NOT NULL CHECK (
    outcome = 'pending' OR outcome = 'deployed' OR outcome = 'covered' OR outcome = 'skipped'
    OR outcome = 'ignored' OR outcome = 'failed' OR outcome = 'none-matched'),
  reason TEXT NOT NULL,
  attempts BIGINT NOT NULL CHECK (attempts >= 0),
  -- What waits can be evaluated: it names a branch and where that went.
  CHECK (outcome <> 'pending' OR (
    repository IS NOT NULL AND substr(ref, 1, 11) = 'refs/heads/'
    AND length(before_commit) IN (40, 64) AND length(after_commit) IN (40, 64)))
);
CREATE INDEX delivery_pending ON delivery (repository, ref, sequence) WHERE outcome = 'pending';

CREATE TABLE delivery_match (
  delivery BIGINT NOT NULL REFERENCES delivery (sequence) ON UPDATE CASCADE ON DELETE CASCADE,
  position BIGINT NOT NULL,
  service TEXT NOT NULL,
  triggered BIGINT NOT NULL CHECK (triggered IN (0, 1)),
  file TEXT,
  pattern TEXT,
  reason TEXT NOT NULL,
  PRIMARY KEY (delivery, position)
);

CREATE TABLE branch_cursor (
  repository TEXT NOT NULL,
  branch TEXT NOT NULL,
  head TEXT NOT NULL CHECK (length(head) IN (40, 64)),
  moved_at BIGINT NOT NULL,
  PRIMARY KEY (repository, branch)
);

CREATE TABLE service (
  name TEXT PRIMARY KEY,
  last_number BIGINT NOT NULL CHECK (last_number >= 0),
  -- What git says should run. current_number is null for an image that was there before.
  current_number BIGINT,
  current_tag TEXT,
  current_digest TEXT CHECK (
    length(current_digest) = 71 AND substr(current_digest, 1, 7) = 'sha256:'),
  current_source TEXT CHECK (length(current_source) IN (40, 64)),
  current_manifest TEXT CHECK (length(current_manifest) IN (40, 64)),
  current_since BIGINT,
  hold_until TEXT CHECK (hold_until IN ('released', 'next-push', 'time')),
  hold_until_time BIGINT,
  hold_reason TEXT,
  hold_actor TEXT,
  hold_since BIGINT,
  hold_sequence BIGINT,
  behind_commit TEXT CHECK (length(behind_commit) IN (40, 64)),
  behind_since BIGINT,
  behind_reason TEXT,
  CHECK ((current_tag IS NULL) = (current_since IS NULL)),
  CHECK (current_tag IS NOT NULL OR (
    current_number IS NULL AND current_digest IS NULL AND current_source IS NULL
    AND current_manifest IS NULL)),
  CHECK ((hold_until IS NULL) = (hold_reason IS NULL)
    AND (hold_until IS NULL) = (hold_actor IS NULL)
    AND (hold_until IS NULL) = (hold_since IS NULL)
    AND (hold_until IS NULL) = (hold_sequence IS NULL)),
  CHECK ((hold_until_time IS NOT NULL) = (coalesce(hold_until, '') = 'time')),
  CHECK ((behind_commit IS NULL) = (behind_since IS NULL)
    AND (behind_commit IS NULL) = (behind_reason IS NULL))
);

CREATE TABLE deployment (
  sequence BIGINT PRIMARY KEY,
  service TEXT NOT NULL REFERENCES service (name),
  number BIGINT NOT NULL CHECK (number > 0),
  basis_sequence BIGINT NOT NULL CHECK (basis_sequence > 0 AND basis_sequence <= sequence),
  -- The delivery whose evaluation made it, as long as that is kept.
  delivery BIGINT REFERENCES delivery (sequence) ON UPDATE CASCADE ON DELETE SET NULL,
  state TEXT NOT NULL CHECK (state IN (
    'queued', 'building', 'publishing', 'held', 'committing', 'syncing',
    'live', 'committed', 'failed', 'superseded', 'cancelled')),
  cause TEXT NOT NULL CHECK (cause IN (
    'push', 'catch-up', 'manual', 'rollback', 'auto-rollback', 'retry', 'release', 'external')),
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  finished_at BIGINT,
  source_repository TEXT,
  source_branch TEXT,
  source_commit TEXT CHECK (length(source_commit) IN (40, 64)),
  source_subject TEXT,
  source_author TEXT,
  source_committed_at BIGINT,
  image_repository TEXT,
  image_tag TEXT,
  image_digest TEXT CHECK (length(image_digest) = 71 AND substr(image_digest, 1, 7) = 'sha256:'),
  -- In order, separated by spaces, which no tag contains; deployment_tag is their index.
  image_tags TEXT,
  image_reused_from BIGINT,
  -- When it confirmed its image; null for one that was given its image at creation.
  published_at BIGINT,
  input_digest TEXT CHECK (length(input_digest) = 71 AND substr(input_digest, 1, 7) = 'sha256:'),
  manifest_commit TEXT CHECK (length(manifest_commit) IN (40, 64)),
  trigger_delivery TEXT,
  trigger_file TEXT,
  trigger_pattern TEXT,
  rollback_of BIGINT,
  rolled_back_from BIGINT,
  retry_of BIGINT,
  superseded_by BIGINT,
  rebuild BIGINT NOT NULL CHECK (rebuild IN (0, 1)),
  released BIGINT NOT NULL CHECK (released IN (0, 1)),
  override_hold BIGINT NOT NULL CHECK (override_hold IN (0, 1)),
  recovered BIGINT NOT NULL CHECK (recovered IN (0, 1)),
  failure_stage TEXT,
  failure_code TEXT,
  failure_message TEXT,
  lease_owner TEXT,
  lease_until BIGINT,
  UNIQUE (service, number),
  FOREIGN KEY (service, image_reused_from) REFERENCES deployment (service, number),
  FOREIGN KEY (service, rollback_of) REFERENCES deployment (service, number),
  FOREIGN KEY (service, rolled_back_from) REFERENCES deployment (service, number),
  FOREIGN KEY (service, retry_of) REFERENCES deployment (service, number),
  FOREIGN KEY (service, superseded_by) REFERENCES deployment (service, number),
  CHECK ((finished_at IS NOT NULL)
    = (state IN ('live', 'committed', 'failed', 'superseded', 'cancelled'))),
  CHECK ((failure_code IS NOT NULL) = (state = 'failed')
    AND (failure_stage IS NULL) = (failure_code IS NULL)
    AND (failure_message IS NULL) = (failure_code IS NULL)),
  CHECK (superseded_by IS NULL OR (state = 'superseded' AND superseded_by <> number)),
  CHECK (recovered = 0 OR state = 'live'),
  CHECK ((source_repository IS NULL) = (source_commit IS NULL)
    AND (source_branch IS NULL) = (source_commit IS NULL)
    AND (source_subject IS NULL) = (source_commit IS NULL)
    AND (source_author IS NULL) = (source_commit IS NULL)
    AND (source_committed_at IS NULL) = (source_commit IS NULL)),
  CHECK ((image_repository IS NULL) = (image_digest IS NULL)
    AND (image_tag IS NULL) = (image_digest IS NULL)
    AND (image_tags IS NULL) = (image_digest IS NULL)),
  CHECK (image_digest IS NOT NULL OR (image_reused_from IS NULL AND published_at IS NULL)),
  -- Only an external change may name an image that the registry did not confirm (R8, R14).
  CHECK (state NOT IN ('syncing', 'live', 'committed')
    OR (manifest_commit IS NOT NULL AND (image_digest IS NOT NULL OR cause = 'external'))),
  CHECK (trigger_file IS NOT NULL OR (trigger_delivery IS NULL AND trigger_pattern IS NULL)),
  CHECK ((trigger_file IS NULL) = (trigger_pattern IS NULL)),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
  CHECK (lease_owner IS NULL OR finished_at IS NULL)
);

ALTER TABLE service ADD FOREIGN KEY (name, current_number) REFERENCES deployment (service, number);

-- History: of a service, then filtered by state and cause, then the same over all services.
CREATE INDEX deployment_history ON deployment (service, sequence);
CREATE INDEX deployment_filtered_history ON deployment (service, state, cause, sequence);
CREATE INDEX deployment_filtered ON deployment (state, cause, sequence);
-- The line: small whatever the history's size.
CREATE INDEX deployment_unfinished ON deployment (sequence) WHERE finished_at IS NULL;
CREATE INDEX deployment_in_flight ON deployment (service, sequence) WHERE finished_at IS NULL;
-- R9: at most one waits behind a hold.
CREATE UNIQUE INDEX deployment_held ON deployment (service) WHERE state = 'held';
CREATE INDEX deployment_landed ON deployment (service, sequence) WHERE manifest_commit IS NOT NULL;
CREATE INDEX deployment_decided ON deployment (service, sequence)
  WHERE cause IN ('manual', 'rollback', 'auto-rollback');
CREATE INDEX deployment_published ON deployment (service, input_digest, sequence)
  WHERE published_at IS NOT NULL;
-- For the foreign keys, when a row that they name is deleted.
CREATE INDEX deployment_delivery ON deployment (delivery) WHERE delivery IS NOT NULL;
CREATE INDEX deployment_reused_from ON deployment (service, image_reused_from)
  WHERE image_reused_from IS NOT NULL;
CREATE INDEX deployment_rollback_of ON deployment (service, rollback_of)
  WHERE rollback_of IS NOT NULL;
CREATE INDEX deployment_rolled_back_from ON deployment (service, rolled_back_from)
  WHERE rolled_back_from IS NOT NULL;
CREATE INDEX deployment_retry_of ON deployment (service, retry_of) WHERE retry_of IS NOT NULL;
CREATE INDEX deployment_superseded_by ON deployment (service, superseded_by)
  WHERE superseded_by IS NOT NULL;

CREATE TABLE deployment_tag (
  tag TEXT NOT NULL,
  deployment BIGINT NOT NULL REFERENCES deployment (sequence) ON DELETE CASCADE,
  PRIMARY KEY (tag, deployment)
);
CREATE INDEX deployment_tag_deployment ON deployment_tag (deployment);

CREATE TABLE transition (
  deployment BIGINT NOT NULL REFERENCES deployment (sequence) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  state TEXT NOT NULL,
  entered_at BIGINT NOT NULL,
  reason TEXT NOT NULL,
  details TEXT,
  PRIMARY KEY (deployment, position)
);

CREATE TABLE manifest_intent (
  deployment BIGINT NOT NULL REFERENCES deployment (sequence) ON DELETE CASCADE,
  repository TEXT NOT NULL,
  branch TEXT NOT NULL,
  manifest_commit TEXT NOT NULL CHECK (length(manifest_commit) IN (40, 64)),
  path TEXT NOT NULL,
  blob_id TEXT NOT NULL,
  intended_at BIGINT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (deployment, position),
  UNIQUE (deployment, manifest_commit)
);
CREATE INDEX manifest_intent_commit ON manifest_intent (repository, manifest_commit);
CREATE INDEX manifest_intent_blob ON manifest_intent (repository, path, blob_id);

CREATE TABLE log_chunk (
  deployment BIGINT NOT NULL REFERENCES deployment (sequence) ON DELETE CASCADE,
  position BIGINT NOT NULL,
  -- gzip
  content BYTEA NOT NULL,
  PRIMARY KEY (deployment, position)
);

CREATE TABLE api_request (
  token TEXT NOT NULL,
  route TEXT NOT NULL,
  request_key TEXT NOT NULL,
  body_sha256 TEXT NOT NULL,
  begun_at BIGINT NOT NULL,
  status BIGINT,
  location TEXT,
  answer TEXT,
  PRIMARY KEY (token, route, request_key),
  CHECK ((status IS NULL) = (answer IS NULL)),
  CHECK (status IS NOT NULL OR location IS NULL)
);
CREATE INDEX api_request_begun ON api_request (begun_at);

CREATE TABLE audit_entry (
  sequence BIGINT PRIMARY KEY,
  happened_at BIGINT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason TEXT NOT NULL,
  request_id TEXT NOT NULL
);
