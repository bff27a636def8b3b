#include <sqlite3.h>

// SQLITE_STATIC and SQLITE_TRANSIENT are casts that Swift does not import. The bytes of a text must
// stay where they are until the statement is reset; those of a blob are copied before it returns.
static inline int slipway_bind_text(sqlite3_stmt *statement, int index, const char *bytes, int count) {
  return sqlite3_bind_text(statement, index, bytes, count, SQLITE_STATIC);
}
static inline int slipway_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, int count) {
  return sqlite3_bind_blob(statement, index, bytes, count, SQLITE_TRANSIENT);
}
// Variadic in C. Fewer lookaside slots than the default 100 × 1,200 bytes per connection.
static inline int slipway_set_lookaside(sqlite3 *database, int size, int count) {
  return sqlite3_db_config(database, SQLITE_DBCONFIG_LOOKASIDE, (void *)0, size, count);
}
