#include <libpq-fe.h>

// A character constant that Swift does not import.
static const int slipway_pg_diag_sqlstate = PG_DIAG_SQLSTATE;
