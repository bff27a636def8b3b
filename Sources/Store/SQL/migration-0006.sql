-- Who is signed in with a token in a browser, for every process that shares the store.

-- Neither the name that the browser keeps nor the token can be read here.
CREATE TABLE session (
  name_sha256 TEXT PRIMARY KEY CHECK (length(name_sha256) = 64),
  token TEXT NOT NULL,
  binding TEXT NOT NULL CHECK (length(binding) = 64),
  began_at INTEGER NOT NULL,
  used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
