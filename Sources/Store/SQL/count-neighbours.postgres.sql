-- Differs because: SQLite's file has one process, by its lock.
SELECT count(*) AS neighbours FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'slipway'
  AND pid <> pg_backend_pid();
