SELECT tables.name AS table_name, columns.name AS column_name, columns.type AS type
FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite!_%' ESCAPE '!'
ORDER BY table_name, columns.cid;
