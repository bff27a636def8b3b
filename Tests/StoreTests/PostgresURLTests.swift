import DeployModel
import Store
import Testing

/// R13: what a URL says wrongly is said in words of our own: libpq quotes it.
@Suite struct PostgresURLTests {
  @Test(
    "R13: of a password that is not percent-encoded, no error holds a piece",
    arguments: [
      "SECR%ZZET", "SECR/ET", "SECR@ET", "SECR:E/T", "12/SECRET", "12@SECRET", "SECR?E/T",
      "@SECRET", "/SECRET", "SECRET ", "SECR ET", "SECR\nET", "SECR@ET%ZZ", "%00SECRET",
    ])
  func password(_ password: String) {
    let url = "postgres://slipway:\(password)@127.0.0.1:1/slipway"
    #expect(!PostgresURL.isUsable(url))
    let error = #expect(throws: StoreError.self) { try PostgresStore(url: url) }
    let text = error.map { "\($0)" } ?? ""
    #expect(text.contains("percent-encoded"))
    for piece in ["SECR", "ET", "127.0.0.1"] { #expect(!text.contains(piece)) }
  }

  @Test(
    "what is no URL of PostgreSQL's is refused before libpq is asked to connect",
    arguments: [
      "", "host=db password=hunter2", "mysql://db/slipway", "postgres://db:port/slipway",
      "postgres://db:0/slipway", "postgres://db:65536/slipway", "postgres://a:1,b:x/slipway",
      "postgres://db:+5/slipway", "postgres://db/slipway?sslmod=require", "postgres://[::1/slipway",
      "postgres://db/slipway\0",
    ])
  func refused(_ url: String) {
    #expect(!PostgresURL.isUsable(url))
  }

  @Test(
    "what libpq understands is taken",
    arguments: [
      "postgres://slipway:password@host:5432/slipway", "postgresql://slipway@127.0.0.1/slipway",
      "postgres://slipway:a%25b%2Fc%40d%3Ae@db:5432/slipway?sslmode=verify-full",
      "postgres://slipway:a?b&c:d@db/slipway", "postgres://a,b/slipway", "postgres://a:1,b/slipway",
      "postgres://[::1]:5432/slipway", "postgres:///slipway?host=/run/postgresql",
      "postgres://%2Frun%2Fpostgresql/slipway", "postgres://slipway:@db",
    ])
  func taken(_ url: String) {
    #expect(PostgresURL.isUsable(url))
  }
}
