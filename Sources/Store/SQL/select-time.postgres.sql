-- Differs because: each has a function of its own. Not now(), which is the transaction's beginning.
SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000 AS bigint) AS time;
