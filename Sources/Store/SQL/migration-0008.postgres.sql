-- Differs because: types have other names.
-- Who speaks to a listener outside, of all processes that share the database: an account at GitHub, a
-- target of notifications.
CREATE TABLE speaking_turn (
  listener TEXT PRIMARY KEY,
  owner TEXT NOT NULL,
  taken_until BIGINT NOT NULL
);
