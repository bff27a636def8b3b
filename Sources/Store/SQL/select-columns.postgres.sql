-- Differs because: each describes itself by other tables. Types are SQLite's names.
SELECT table_name::text, column_name::text,
  CASE WHEN data_type IN ('bigint', 'integer') THEN 'INTEGER' WHEN data_type = 'text' THEN 'TEXT'
    WHEN data_type = 'bytea' THEN 'BLOB'
    ELSE data_type::text END AS type
FROM information_schema.columns
WHERE table_schema = current_schema()
ORDER BY table_name, ordinal_position;
