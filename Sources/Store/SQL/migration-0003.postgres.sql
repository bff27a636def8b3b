-- Differs because: types have other names.
-- The order in which the writers made their commits: what was made later lies above, and is what is
-- deployed, in whichever order the landings are recorded.
ALTER TABLE manifest_intent ADD COLUMN number BIGINT NOT NULL DEFAULT 0 CHECK (number >= 0);
