-- Who is to be told of a step of a deployment, and what became of it. A row is made in the transaction
-- that stores the step, for each target that wants it.

-- target: its name in the configuration. position: the step in the deployment's timeline. owed_since:
-- since the step, or since somebody asked for it again.
CREATE TABLE notification (
  sequence INTEGER PRIMARY KEY,
  target TEXT NOT NULL,
  deployment INTEGER NOT NULL REFERENCES deployment (sequence) ON DELETE CASCADE,
  position INTEGER NOT NULL CHECK (position > 0),
  status TEXT NOT NULL CHECK (status IN ('pending', 'delivered', 'dead')),
  attempts INTEGER NOT NULL CHECK (attempts >= 0),
  owed_since INTEGER NOT NULL,
  due_at INTEGER,
  ended_at INTEGER,
  last_error TEXT,
  UNIQUE (deployment, target, position),
  CHECK ((due_at IS NOT NULL) = (status = 'pending')),
  CHECK ((ended_at IS NULL) = (status = 'pending')),
  CHECK (status <> 'dead' OR last_error IS NOT NULL)
) STRICT;
CREATE INDEX notification_due ON notification (target, due_at, sequence) WHERE status = 'pending';
CREATE INDEX notification_owed ON notification (owed_since) WHERE status = 'pending';
CREATE INDEX notification_listed ON notification (status, sequence);
CREATE INDEX notification_ended ON notification (ended_at) WHERE ended_at IS NOT NULL;
