import TestKit
import Testing

@testable import slipway

@Suite("Configuration: errors say where and what to do")
struct ErrorTests {
  @Test("all errors are reported at once, in the file's order")
  func allAtOnce() throws {
    let errors = try ConfigurationCase(
      """
      server: { listen: 8080 }
      pipline: {}
      repositories:
        shop:
          url: https://github.com/acme/shop.git
      services:
        api:
          repository: shpo
          paths: []
          build: { context: ../api }
          image: ghcr.io/Acme/shop/api
          manifest: k8s/api
      """
    ).errors()
    #expect(
      errors == [
        "1:19: `server.listen` must be an address and a port such as 127.0.0.1:8080, not a "
          + "number: if text is meant, write '8080'",
        "2:1: `pipline` is not a key; did you mean `pipeline`?",
        "9:12: `services.api.paths` is empty, so nothing would ever trigger: list patterns such "
          + "as 'backend/**'",
        "10:23: `services.api.build.context` must stay inside the repository: relative, without "
          + "`..` or `.git`, not `../api`",
        "11:12: `services.api.image` must be lower case: write `ghcr.io/acme/shop/api`",
        "12:15: `services.api.manifest` must be a mapping of `key: value`, not text",
      ])
  }

  struct Case: CustomTestStringConvertible, Sendable {
    var name: String
    var yaml: String
    var error: String

    init(_ name: String, _ yaml: String, _ error: String) {
      self.name = name
      self.yaml = yaml
      self.error = error
    }

    var testDescription: String { name }
  }

  @Test("one wrong thing gives one error", arguments: Self.cases)
  func one(_ wrong: Case) throws {
    let configuration = try ConfigurationCase(wrong.yaml)
    let expected = wrong.error.replacing("{directory}", with: configuration.directory.path)
    #expect(configuration.errors() == [expected])
  }

  static let cases: [Case] = [
    Case(
      "unknown key, nothing near", yaml(top: "zzzzzz: 1"),
      "15:1: `zzzzzz` is not a key; known are argocd, auth, builder, cosign, kubernetes, logging, "
        + "notifications, pipeline, registries, repositories, retention, server, services, state"),
    Case(
      "unknown key in a service", yaml(service: "pathsIgnored: [x]"),
      "14:5: `pathsIgnored` is not a key in `services.api`; did you mean `pathsIgnore`?"),
    Case(
      "a key twice", yaml(top: "logging: { level: info, format: json, level: debug }"),
      "15:39: `logging.level` stands more than once (first on line 15): keep one"),
    Case(
      "wrong type: list", yaml(top: "logging: { level: [info] }"),
      "15:19: `logging.level` must be trace, debug, info, notice, warning, error or critical, not "
        + "a list"),
    Case(
      "wrong type: text for a list", yaml(top: "server: { trustedProxies: 10.0.0.0/8 }"),
      "15:27: `server.trustedProxies` must be a list, each an address or block such as "
        + "10.0.0.0/8, not text"),
    Case(
      "wrong type: number for text", yaml(service: "environment: 7"),
      "14:18: `services.api.environment` must be an environment's name, not a number: if text is "
        + "meant, write '7'"),
    Case(
      "wrong type: text for a number", yaml(top: "builder: { concurrency: two }"),
      "15:25: `builder.concurrency` must be a whole number from 1 to 256, not `two`"),
    Case(
      "no value", yaml(top: "logging: { level: }"),
      "15:19: `logging.level` must be trace, debug, info, notice, warning, error or critical, not "
        + "``"),
    Case(
      "boolean", yaml(top: "server: { metrics: { anonymous: yes } }"),
      "15:33: `server.metrics.anonymous` must be true or false, not `yes`"),
    Case(
      "duration", yaml(top: "builder: { timeout: 5 minutes }"),
      "15:21: `builder.timeout` must be a duration such as 30s, 5m, 2h or 7d, not `5 minutes`"),
    Case(
      "duration without a unit", yaml(top: "builder: { timeout: 30 }"),
      "15:21: `builder.timeout` must be a duration such as 30s, 5m, 2h or 7d, not `30`"),
    Case(
      "duration of nothing", yaml(top: "builder: { timeout: 0s }"),
      "15:21: `builder.timeout` must be at least 1s"),
    Case(
      "duration that overflows", yaml(top: "builder: { timeout: 99999999999999999999d }"),
      "15:21: `builder.timeout` must be a duration such as 30s, 5m, 2h or 7d, not "
        + "`99999999999999999999d`"),
    Case(
      "size", yaml(top: "server: { limits: { body: 25MB } }"),
      "15:27: `server.limits.body` must be a size such as 25MiB, from 1KiB to 128MiB, not `25MB`"),
    Case(
      "size beyond the limit", yaml(top: "server: { limits: { body: 1GiB } }"),
      "15:27: `server.limits.body` must be a size such as 25MiB, from 1KiB to 128MiB, not `1GiB`"),
    Case(
      "choice, nearly right", yaml(top: "pipeline: { supersede: quened }"),
      "15:24: `pipeline.supersede` must be queued or running, not `quened`; did you mean `queued`?"
    ),
    Case(
      "listen without an address", yaml(top: "server: { listen: ':8080' }"),
      "15:19: `server.listen` must name address and port, such as 127.0.0.1:8080 or 0.0.0.0:8080, "
        + "not `:8080`"),
    Case(
      "listen on a name", yaml(top: "server: { listen: 'example.com:80' }"),
      "15:19: `server.listen` must begin with an IP address (IPv6 in brackets) or localhost, not "
        + "`example.com:80`"),
    Case(
      "dangling repository", yaml().replacing("repository: shop", with: "repository: shp"),
      "9:17: `services.api.repository` names `shp`, which is not one of `repositories`; did you "
        + "mean `shop`?"),
    Case(
      "dangling manifest repository",
      yaml().replacing("{ path: k8s/api }", with: "{ path: k8s/api, repository: other }"),
      "13:44: `services.api.manifest.repository` names `other`, which is not one of "
        + "`repositories`; there are shop"),
    Case(
      "dangling service of a token",
      yaml().replacing("role: admin,", with: "role: deploy, services: [apy],"),
      "1:57: `auth.tokens[0].services` names `apy`, which is not one of `services`; did you mean "
        + "`api`?"),
    Case(
      "missing webhook secrets",
      yaml().replacing("webhookSecrets: [ { file: webhook.secret } ]", with: "branch: main"),
      "3:3: `repositories.shop.webhookSecrets` is missing: services build from it, and without a "
        + "secret its deliveries cannot be verified"),
    Case(
      "both filters", yaml(service: "pathsIgnore: ['x']"),
      "14:5: `services.api` has both paths and pathsIgnore: keep one (in `paths`, a pattern that "
        + "begins with `!` takes files out again)"),
    Case(
      "no filter", yaml().replacing("paths: ['api/**']", with: "environment: x"),
      "8:3: `services.api.paths` is missing: list the files that trigger it; paths: ['**'] is "
        + "every push"),
    Case(
      "only negative patterns", yaml().replacing("['api/**']", with: "['!api/**']"),
      "10:13: `services.api.paths` only takes files out, so nothing would ever trigger: begin with "
        + "a pattern that takes files in, such as '**'"),
    Case(
      "pattern with an open bracket", yaml().replacing("['api/**']", with: "['api/[a-z']"),
      "10:13: `services.api.paths[0]` has a [ without ]: write \\[ for a bracket (`api/[a-z`)"),
    Case(
      "pattern that begins with a slash", yaml().replacing("['api/**']", with: "['/api/**']"),
      "10:13: `services.api.paths[0]` can never match, for paths begin at the repository's root: "
        + "write 'api/**' (`/api/**`)"),
    Case(
      "pattern of a directory", yaml().replacing("['api/**']", with: "[api/]"),
      "10:13: `services.api.paths[0]` can never match, for only files are compared: write 'api/**' "
        + "(`api/`)"),
    Case(
      "pattern with an empty set", yaml().replacing("['api/**']", with: "['api/[]']"),
      "10:13: `services.api.paths[0]` has empty brackets: write \\[ for a bracket (`api/[]`)"),
    Case(
      "image with a tag", yaml().replacing("shop/api\n", with: "shop/api:latest\n"),
      "12:12: `services.api.image` must not have a tag, for each build has its own: write "
        + "`ghcr.io/acme/shop/api`"),
    Case(
      "manifest path that is the file",
      yaml().replacing("path: k8s/api", with: "path: k8s/api/kustomization.yaml"),
      "13:23: `services.api.manifest.path` must be the directory that holds kustomization.yaml, "
        + "not the file"),
    Case(
      "absolute Dockerfile",
      yaml().replacing("{ context: api }", with: "{ context: api, dockerfile: /etc/passwd }"),
      "11:40: `services.api.build.dockerfile` must stay inside the repository: relative, without "
        + "`..` or `.git`, not `/etc/passwd`"),
    Case(
      "bad service name", yaml().replacing("\n  api:", with: "\n  -api:"),
      "8:3: `services.-api`: a name has letters, digits, `-`, `_` and `.`, begins with a letter or "
        + "digit, and has at most 63 characters"),
    Case(
      "argument name",
      yaml().replacing("{ context: api }", with: "{ context: api, args: { A-B: x } }"),
      "11:36: `services.api.build.args.A-B`: a build argument's name has letters, digits and `_` "
        + "only"),
    Case(
      "application without Argo CD", yaml(service: "argocd: { application: api }"),
      "14:5: `services.api.argocd` names an application, and there is no `argocd` section: add one "
        + "with url and token, or remove this"),
    Case(
      "password in the url",
      yaml().replacing("https://github.com", with: "https://bot:hunter2@github.com"),
      "4:10: `repositories.shop.url` must not hold a password: use `credentials`"),
    Case(
      "a transport that runs programs",
      yaml().replacing("https://github.com/acme/shop.git", with: "'ext::sh -c id'"),
      "4:10: `repositories.shop.url` must be a git URL such as https://github.com/acme/shop.git, "
        + "without spaces"),
    Case(
      "branch as a ref", yaml(repository: "branch: refs/heads/main"),
      "6:13: `repositories.shop.branch` must be the branch's name alone: write `main`"),
    Case(
      "token for an ssh remote",
      yaml(repository: "credentials: { token: { file: api.token } }")
        .replacing("https://github.com/acme/shop.git", with: "git@github.com:acme/shop.git"),
      "6:35: `repositories.shop.credentials.token` is of no use for a url that is not https: write "
        + "`ssh`, or an https url"),
    Case(
      "registry with a scheme", yaml(top: "registries: { 'https://ghcr.io': { insecure: true } }"),
      "15:15: `registries.https://ghcr.io` must be a registry's host alone, such as ghcr.io or "
        + "localhost:5000"),
    Case(
      "registry user without a password", yaml(top: "registries: { ghcr.io: { username: bot } }"),
      "15:15: `registries.ghcr.io.password` is missing: a user without one cannot sign in"),
    Case(
      "a config.json that is written into the file",
      yaml(top: "registries: { dockerConfig: secrets/config.json }"),
      "15:29: `registries.dockerConfig` must be {file: path} or {env: NAME}: a secret never stands "
        + "in this file"),
    Case(
      "a config.json that is not there",
      yaml(top: "registries: { dockerConfig: { file: config.json } }"),
      "15:37: `registries.dockerConfig`: the secret's file {directory}/config.json cannot be read: "
        + "no such file or directory"),
    Case(
      "a config.json that is none",
      yaml(top: "registries: { dockerConfig: { file: api.token } }"),
      "15:37: `registries.dockerConfig`: the secret's file {directory}/api.token is not JSON"),
    Case(
      "a certificate that is none",
      yaml(top: "server: { tls: { certificate: api.token, privateKey: api.token } }"),
      "15:31: `server.tls.certificate` names {directory}/api.token, which holds no certificate in "
        + "PEM form"),
    Case(
      "a database that is no URL",
      yaml(top: "state: { postgres: { url: { file: api.token } } }"),
      "15:35: `state.postgres.url` must be a URL such as "
        + "postgres://slipway:password@host:5432/slipway, in which `%`, `/` and `@` of the "
        + "password are percent-encoded (`%25`, `%2F`, `%40`)"),
    Case(
      "a pin that is none",
      yaml().replacing("{ path: k8s/api }", with: "{ path: k8s/api, pin: both }"),
      "13:37: `services.api.manifest.pin` must be tag or digest, not `both`"),
    Case(
      "buildkit without builders", yaml(top: "builder: { kind: buildkit }"),
      "15:1: `builder.addresses` is missing: list the builders, such as [tcp://buildkit:1234]"),
    Case(
      "buildkit with an empty list of builders",
      yaml(top: "builder: { kind: buildkit, addresses: [] }"),
      "15:1: `builder.addresses` is missing: list the builders, such as [tcp://buildkit:1234]"),
    Case(
      "a builder without a port",
      yaml(top: "builder: { kind: buildkit, addresses: ['tcp://[::1]:1', tcp://buildkit] }"),
      "15:57: `builder.addresses[1]` must be an address such as tcp://buildkit:1234 or "
        + "unix:///run/buildkit/buildkitd.sock, not `tcp://buildkit`"),
    Case(
      "a builder that another program would have to reach",
      yaml(top: "builder: { kind: docker, host: 'ssh://build' }"),
      "15:32: `builder.host` must be an address such as tcp://buildkit:1234 or "
        + "unix:///run/buildkit/buildkitd.sock, not `ssh://build`"),
    Case(
      "a builder twice",
      yaml(top: "builder: { kind: buildkit, addresses: ['unix:///b', 'unix:///b'] }"),
      "15:53: `builder.addresses` has `unix:///b` twice: remove one"),
    Case(
      "certificates for a socket",
      yaml(
        top: "builder: { kind: buildkit, addresses: ['unix:///b'], tls: { ca: api.token, "
          + "certificate: api.token, privateKey: api.token } }"),
      "15:40: `unix:///b` is a socket on this machine, where `builder.tls` does not apply: "
        + "remove one of the two"),
    Case(
      "certificates without a key",
      yaml(
        top: "builder: { kind: docker, host: tcp://docker:2376, tls: { ca: api.token, "
          + "certificate: api.token } }"),
      "15:51: `builder.tls.privateKey` is missing: name its PEM file"),
    Case(
      "another builder's key", yaml(top: "builder: { kind: docker, addresses: [tcp://a:1] }"),
      "15:26: `builder.addresses` belongs to `kind: buildkit`: remove it"),
    Case(
      "another builder's certificates", yaml(top: "builder: { tls: {} }"),
      "15:12: `builder.tls` belongs to `kind: docker` and `kind: buildkit`: remove it"),
    Case(
      "an attestation that is none",
      yaml(
        top: "builder: { kind: buildkit, addresses: ['unix:///b'], attestations: { provenance: "
          + "full } }"),
      "15:82: `builder.attestations.provenance` must be none, min or max, not `full`"),
    Case(
      "a cache with a tag",
      yaml(
        top: "builder: { kind: buildkit, addresses: ['unix:///b'], cache: 'ghcr.io/acme/cache:x' }"),
      "15:61: `builder.cache` must be an image without a tag such as ghcr.io/acme/cache, not "
        + "`ghcr.io/acme/cache:x`"),
    Case(
      "a cache among a service's images",
      yaml(
        top: "builder: { kind: buildkit, addresses: ['unix:///b'], cache: ghcr.io/acme/shop/api }"),
      "15:61: `builder.cache` is the image of `api` (line 12): give it a repository of its own, "
        + "such as ghcr.io/acme/shop/api-cache"),
    Case(
      "a list for the whole file", "- a\n- b\n",
      "1:1: the configuration must be a mapping of `key: value` lines"),
    Case(
      "an empty file", "# nothing\n", "1:1: the configuration is empty: see slipway.example.yaml"),
    Case(
      "two documents", "server: {}\n---\nserver: {}\n",
      "2:1: this is not YAML: expected a single document in the stream, but found another document"),
    Case(
      "not YAML", "server: {\n",
      "2:1: this is not YAML: while parsing a flow node, did not find expected node content"),
  ]

  @Test("two services that name one kustomization entry")
  func sharedEntry() throws {
    let errors = try ConfigurationCase(
      yaml(
        top: """
            web:
              repository: shop
              paths: ['web/**']
              build: { context: web }
              image: ghcr.io/acme/shop/web
              manifest: { path: ./k8s//api/, imageName: ghcr.io/acme/shop/api }
          """)
    ).errors()
    #expect(
      errors == [
        "20:5: `services.web.manifest` names the images entry of `api` (line 13): "
          + "`ghcr.io/acme/shop/api` in k8s/api on main; one entry has one service"
      ])
  }

  @Test("R8: two services that publish different things under one image")
  func sharedImage() throws {
    let errors = try ConfigurationCase(
      yaml(
        top: """
            web:
              repository: shop
              paths: ['web/**']
              build: { context: web }
              image: ghcr.io/acme/shop/api
              manifest: { path: k8s/web }
          """)
    ).errors()
    #expect(
      errors == [
        "19:12: `services.web.image` is the image of `api` (line 12), which is built otherwise: "
          + "their tags would collide"
      ])
  }

  @Test("R13: two repositories with one remote, spelled differently")
  func sharedRemote() throws {
    let errors = try ConfigurationCase(
      yaml(repository: "").replacing(
        "repositories:\n",
        with: "repositories:\n  again: { url: 'ssh://git@GitHub.com/Acme/Shop' }\n")
    ).errors()
    #expect(
      errors == [
        "5:10: `repositories.shop.url` is the remote of `again` (line 3): keep one of them"
      ])
  }

  @Test("R13: more than 64 different webhook secrets")
  func tooManySecrets() throws {
    let list = (1...65).map { "{ file: s\($0) }" }.joined(separator: ", ")
    let example = try ConfigurationCase(
      yaml().replacing("[ { file: webhook.secret } ]", with: "[\(list)]"))
    for index in 1...65 {
      try example.directory.write("secret-number-\(index)-of-enough-length", to: "s\(index)")
    }
    let errors = example.errors()
    #expect(errors.count == 1)
    #expect(
      errors.first?.hasSuffix(
        "there are more than 64 different webhook secrets: let repositories share them") == true)
    try example.directory.write("secret-number-1-of-enough-length", to: "s65")
    #expect(example.errors() == [])
  }

  @Test("three of one key, and another key twice elsewhere, are two errors")
  func manyDuplicates() throws {
    let errors = try ConfigurationCase(
      yaml(
        service: "image: ghcr.io/acme/shop/a\n\"image\": ghcr.io/acme/shop/b",
        top: "logging: { level: info, level: debug }\nlogging: {}")
    ).errors()
    #expect(
      errors == [
        "15:5: `services.api.image` stands more than once (first on line 12): keep one",
        "17:1: `logging` stands more than once (first on line 16): keep one",
      ])
  }

  @Test("an error names the file as it was given")
  func fileName() throws {
    let example = try ConfigurationCase("a: 1")
    let errors = #expect(throws: ConfigurationErrors.self) { _ = try example.load() }
    #expect(errors?.description.hasPrefix("\(example.file):1:1: `a` is not a key") == true)
    let missing = #expect(throws: ConfigurationErrors.self) {
      _ = try Configuration.load(file: "/nonexistent/slipway.yaml", environment: [:])
    }
    #expect(
      missing?.description
        == "/nonexistent/slipway.yaml:1:1: the configuration cannot be read: no such file or "
        + "directory; name another with --config, or draft one with `slipway init DIRECTORY`")
  }

  @Test("a service whose filter matches its own manifests is warned about")
  func ownManifests() throws {
    let remarks = try ConfigurationCase(yaml().replacing("['api/**']", with: "['**']")).remarks()
    #expect(
      remarks == [
        "10:5: warning: `services.api` is triggered by its own manifests in k8s/api: take them out "
          + "of the filter, unless every edit there should build the image again"
      ])
    let without = yaml().replacing("['api/**']", with: "['**', '!k8s/**']")
    #expect(try ConfigurationCase(without).remarks().isEmpty)
  }
}
