import DeployModel
import Foundation
import Images
import Posix
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: the contract")
struct ContractTests {
  @Test("a small file is enough, and everything else has its default")
  func defaults() throws {
    let configuration = try ConfigurationCase(yaml()).load()

    #expect(configuration.server.listen == ListenAddress(host: "127.0.0.1", port: 8080))
    #expect(configuration.server.limits.body == 26_214_400)
    #expect(configuration.server.limits.connections == 12_000)
    #expect(configuration.state.directory == "/var/lib/slipway")
    #expect(configuration.builder.concurrency == 2)
    #expect(configuration.builder.timeout == .seconds(1800))
    #expect(configuration.pipeline.supersede == .queued)
    #expect(configuration.pipeline.reuseMaxAge == .seconds(604_800))
    #expect(configuration.pipeline.commitDeadline == .seconds(300))
    #expect(configuration.pipeline.pollInterval == .seconds(180))
    #expect(configuration.retention.deliveryCount == 1_000_000)
    #expect(configuration.retention.deliveryAge == .seconds(2_592_000))
    #expect("\(configuration.logging.level)" == "info")
    #expect(configuration.remarks.isEmpty)

    let service = try #require(configuration.services.values.first)
    #expect(service.name.name == "api")
    #expect(service.build.dockerfile.path == "api/Dockerfile")
    #expect(service.manifest.repository.name == "shop")
    #expect(service.manifest.branch.name == "main")
    #expect(service.manifest.imageName == "ghcr.io/acme/shop/api")
    #expect(service.rolloutDeadline == .seconds(900))
    #expect(!service.autoRollback)
    #expect(service.migrations == nil)
  }

  @Test("every key of the contract that this version has is understood")
  func everyKey() throws {
    let text = """
      server: { listen: '[::1]:9000', publicURL: 'https://slipway.example.com/', trustedProxies: [10.0.0.0/8],
                metrics: { anonymous: true }, limits: { body: 1MiB, connections: 50 } }
      state: { directory: state }
      auth: { anonymousRead: true, tokens: [ { name: ci, role: deploy, services: [marketing], token: { file: api.token } } ] }
      builder: { kind: buildah, concurrency: 3, timeout: 10m, cache: ghcr.io/acme/cache }
      pipeline: { supersede: running, reuse: { maxAge: 2d }, commitDeadline: 90s, pollInterval: 1h }
      registries: { ghcr.io: { username: bot, password: { env: PAT } }, localhost:5000: { insecure: true } }
      argocd: { url: https://argocd.example.com, token: { file: api.token }, ca: ca.pem }
      kubernetes: { kubeconfig: ca.pem, context: prod }
      notifications: [ { url: 'https://hooks.example.com/x?k=1', secret: { file: api.token }, format: slack, services: ['*'], states: [failed, live] } ]
      retention: { deployments: { age: 365d, keep: 10 }, deliveries: { age: 3d, count: 20 }, notifications: { age: 2d, count: 7 }, logs: { age: 4d }, images: { age: 9d, keep: 3 } }
      logging: { format: logfmt, level: debug }
      repositories:
        mirai:
          url: https://github.com/Sogos-LLC/mirai-app.git
          branch: release/1
          webhookSecrets: [ { file: webhook.secret }, { env: OLD } ]
          credentials: { token: { env: PAT } }
          author: { name: Bot, email: bot@example.com }
          github: { apiURL: https://api.github.com, statuses: true, deployments: false, requiredContexts: [slipway/marketing] }
        manifests: { url: 'git@github.com:acme/manifests.git', credentials: { ssh: { privateKey: id, knownHosts: known_hosts } } }
      services:
        marketing:
          repository: mirai
          paths: [ 'frontend/**', '!**/*.md' ]
          build: { context: frontend, dockerfile: frontend/Dockerfile.marketing, target: runner, args: { KEY: value, N: 1.10 }, platforms: [linux/amd64], secrets: { npm: { file: npmrc } } }
          image: ghcr.io/sogos-llc/mirai-app/mirai-marketing
          manifest: { path: k8s/frontend-marketing, repository: manifests, branch: live, imageName: marketing, pin: digest }
          argocd: { application: mirai-marketing, project: applications, appNamespace: argocd }
          kubernetes: { namespace: mirai, deployment: mirai-marketing }
          migrations: [ 'backend/migrations/**' ]
          autoRollback: true
          rollout: { deadline: 5m }
          environment: production/marketing
      """
    let example = try ConfigurationCase(text)
    for name in ["ca.pem", "id", "known_hosts"] { try example.directory.write("x", to: name) }
    try example.directory.write("registry=x\n", to: "npmrc")
    let configuration = try example.load(environment: [
      "PAT": "p4t", "OLD": "old-secret-old-secret",
    ])
    let root = example.directory.path

    #expect(configuration.server.listen == ListenAddress(host: "::1", port: 9000))
    #expect(configuration.server.publicURL?.text == "https://slipway.example.com")
    #expect(configuration.server.trustedProxies.map(\.description) == ["10.0.0.0/8"])
    #expect(configuration.server.anonymousMetrics)
    #expect(configuration.server.limits.body == 1_048_576)
    #expect(configuration.state.directory == "\(root)/state")
    #expect(configuration.auth.anonymousRead)
    #expect(configuration.auth.tokens.first?.role == .deploy)
    #expect(configuration.auth.tokens.first?.services?.map(\.name) == ["marketing"])
    #expect(configuration.auth.tokens.first?.secret.exposed == "a-token-of-enough-length")
    #expect(configuration.registries["ghcr.io"]?.signIn?.password.exposed == "p4t")
    #expect(configuration.registries["localhost:5000"]?.insecure == true)
    #expect(configuration.argocd?.ca == "\(root)/ca.pem")
    #expect(
      configuration.kubernetes == KubernetesAccess(kubeconfig: "\(root)/ca.pem", context: "prod"))
    #expect(configuration.retention.images?.age == .seconds(9 * 86_400))
    #expect(configuration.retention.images?.kept == 3)
    #expect(configuration.notifications.first?.services == nil)
    #expect(configuration.notifications.first?.states == [.failed, .live])

    let mirai = try #require(configuration.repository("mirai"))
    #expect(mirai.branch.name == "release/1")
    #expect(mirai.url.identity == "github.com/sogos-llc/mirai-app")
    #expect(
      mirai.webhookSecrets.map(\.exposed) == [
        "a-webhook-secret-of-enough-length", "old-secret-old-secret",
      ])
    #expect(mirai.credentials == .token(Secret(exposing: "p4t")))
    #expect(mirai.author.email == "bot@example.com")
    let manifests = try #require(configuration.repository("manifests"))
    #expect(
      manifests.credentials
        == .ssh(privateKey: "\(root)/id", knownHosts: "\(root)/known_hosts"))

    let name = try #require(ServiceName("marketing"))
    let service = try #require(configuration.services[name])
    #expect(service.filter == PathFilter(.paths, ["frontend/**", "!**/*.md"]))
    #expect(service.build.arguments == ["KEY": "value", "N": "1.10"])
    #expect(service.build.secrets == ["npm"])
    #expect(configuration.buildSecrets[name]?["npm"]?.exposed == "registry=x")
    #expect(service.manifest.repository.name == "manifests")
    #expect(service.manifest.branch.name == "live")
    #expect(service.manifest.imageName == "marketing")
    #expect(service.pin == .digest)
    #expect(service.argocd.first?.application == "mirai-marketing")
    #expect(service.kubernetes?.namespace == "mirai")
    #expect(service.rolloutDeadline == .seconds(300))
    #expect(service.environment == "production/marketing")
  }

  @Test("each builder has keys of its own")
  func builders() throws {
    let docker = try ConfigurationCase(yaml(top: "builder: { kind: docker }")).load()
    #expect(
      docker.builder.engine
        == .docker(BuilderSettings.DockerEngine(host: "unix:///var/run/docker.sock", tls: nil)))

    let example = try ConfigurationCase(
      yaml(
        top: """
          builder:
            kind: buildkit
            addresses: [tcp://a.example:1234, tcp://b.example:1234]
            tls: { ca: ca.pem, certificate: tls.crt, privateKey: tls.key, serverName: buildkit }
            cache: ghcr.io/acme/cache
            attestations: { provenance: max, sbom: true }
          """))
    for name in ["ca.pem", "tls.crt", "tls.key"] { try example.directory.write("x", to: name) }
    let configuration = try example.load()
    let root = example.directory.path
    #expect(
      configuration.builder.engine
        == .buildkit(
          BuilderSettings.BuildKitFleet(
            addresses: ["tcp://a.example:1234", "tcp://b.example:1234"],
            tls: .init(
              authority: "\(root)/ca.pem", certificate: "\(root)/tls.crt",
              privateKey: "\(root)/tls.key", serverName: "buildkit"),
            cache: ImageRepository("ghcr.io/acme/cache"),
            attestations: .init(provenance: .max, sbom: true))))
    #expect(configuration.remarks.isEmpty)

    let open = try ConfigurationCase(
      yaml(top: "builder: { kind: buildkit, addresses: [tcp://a.example:1234, tcp://127.0.0.1:1] }")
    ).remarks()
    #expect(
      open == [
        "15:40: warning: `tcp://a.example:1234` is reached in clear and without a proof of who asks: "
          + "give `builder.tls`, and let the builders ask for it"
      ])
  }

  @Test("slipway.example.yaml holds, once its secrets are there")
  func exampleFile() throws {
    let text = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "slipway.example.yaml"), encoding: .utf8)
    let example = try ConfigurationCase(text)
    for name in ["ops.token", "ci.token", "ghcr.token", "webhook.secret", "github.token"] {
      try example.directory.write("\(name)-of-enough-length\n", to: "secrets/\(name)")
    }
    let configuration = try example.load()
    #expect(
      configuration.services.keys.map(\.name).sorted() == ["backend", "frontend", "marketing"])
    #expect(configuration.remarks.isEmpty)
  }

  @Test(
    "the configurations below k8s/ hold, once the secrets of k8s/kustomization.yaml are there",
    arguments: ["base", "replicas"])
  func manifestsFile(_ directory: String) throws {
    let manifests = Fixtures.packageRoot.appending(path: "k8s/\(directory)")
    let example = try ConfigurationCase(
      String(contentsOf: manifests.appending(path: "slipway.yaml"), encoding: .utf8))
    for name in ["webhook.secret", "github.token", "registry.password", "admin.token"] {
      try example.directory.write("\(name)-of-enough-length\n", to: "secrets/\(name)")
    }
    for name in ["ca.pem", "cert.pem", "key.pem"] {
      try example.directory.write("x", to: "buildkit/\(name)")
    }
    let configuration = try example.load(environment: [
      "DATABASE_URL": "postgres://slipway:pw@db.example:5432/slipway"
    ])
    #expect(configuration.server.listen.port == 8080)
    #expect((configuration.state.postgres != nil) == (directory == "replicas"))
    guard case .buildkit(let fleet) = configuration.builder.engine else {
      Issue.record("builds are not done by BuildKit")
      return
    }
    #expect(fleet.addresses.count == (directory == "replicas" ? 2 : 1))
    #expect(configuration.remarks.isEmpty)
  }

  @Test("what stands in comments of slipway.example.yaml is understood as well")
  func exampleFileUncommented() async throws {
    let text = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "slipway.example.yaml"), encoding: .utf8)
    let key = #/^( *)# ( *)([a-z][A-Za-z]*:|- [a-z]+:|localhost:5000:)/#
    var seen: Set<String> = []
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    for (index, line) in lines.enumerated() {
      // The alternatives that cannot stand beside what is there already stay comments.
      guard index >= 10, let match = line.firstMatch(of: key), !line.contains("{ ssh:"),
        !line.contains("{ githubApp:")
      else { continue }
      seen.insert(String(match.3))
      lines[index] = String(match.1 + match.2 + line.dropFirst(match.1.count + 2 + match.2.count))
    }
    #expect(
      seen.isSuperset(of: ["argocd:", "builder:", "timeout:", "retention:", "autoRollback:"]))
    let example = try ConfigurationCase(lines.joined(separator: "\n"))
    let names = [
      "ops.token", "ci.token", "ghcr.token", "webhook.secret", "github.token", "argocd.token",
      "notifications.key", "npmrc", "api.token", "kubeconfig",
    ]
    for name in names {
      try example.directory.write("\(name)-of-enough-length\n", to: "secrets/\(name)")
    }
    try example.directory.write("https://hooks.example.com/chat", to: "secrets/slack.url")
    try example.directory.write("x", to: "argocd-ca.pem")
    try example.directory.write(#"{"auths":{}}"#, to: "secrets/config.json")
    try example.directory.write("postgres://slipway@127.0.0.1/slipway", to: "secrets/database.url")
    try await shell(
      "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
      example.directory.appending("secrets/sign.key"))
    let cosign = try await CosignFixture.make()
    try example.directory.write(cosign.key, to: "secrets/cosign.key")
    try example.directory.write(CosignFixture.password, to: "secrets/cosign.password")
    try example.directory.write(
      String(contentsOfFile: cosign.publicKeyFile, encoding: .utf8), to: "secrets/cosign.pub")
    let files = try Certificates()
    try await files.make("ci", names: ["ci.example"])
    for (from, to) in [(files.certificate("ci"), "ci.pem"), (files.privateKey("ci"), "ci.key")] {
      try example.directory.write(
        String(decoding: files.text(from), as: UTF8.self), to: "tls/\(to)")
    }
    #expect(example.errors() == [])
  }

  @Test("JSON is YAML")
  func json() throws {
    let text = """
      {"auth": {"anonymousRead": true},
       "repositories": {"shop": {"url": "file:///srv/git/shop.git", "webhookSecrets": [{"file": "webhook.secret"}]}},
       "services": {"api": {"repository": "shop", "pathsIgnore": ["docs/**"], "build": {"context": "."},
         "image": "localhost:5000/api", "manifest": {"path": "."}}}}
      """
    let configuration = try ConfigurationCase(text).load()
    let service = try #require(configuration.services.values.first)
    #expect(service.filter.kind == .pathsIgnore)
    #expect(service.build.context.isRoot)
    #expect(service.build.dockerfile.path == "Dockerfile")
    #expect(service.manifest.path.isRoot)
  }

  @Test("a service has one application, or a list of different ones")
  func applications() throws {
    let top = "argocd: { url: https://argocd.example.com, token: { file: api.token } }"
    let two = try ConfigurationCase(
      yaml(
        service: "argocd: [ { application: eu }, { application: us, appNamespace: us } ]", top: top)
    ).load()
    #expect(two.services.values.first?.argocd.map(\.application) == ["eu", "us"])
    #expect(
      try ConfigurationCase(
        yaml(service: "argocd: [ { application: eu }, { application: eu } ]", top: top)
      ).errors() == ["14:36: `services.api.argocd[1]` names eu once more"])
  }

  @Test("Kubernetes is looked at with a kubeconfig, or from a pod; otherwise a warning says so")
  func kubernetes() throws {
    let service = """
      autoRollback: true
      kubernetes: { namespace: shop, deployment: api }
      """
    let without = try ConfigurationCase(yaml(service: service))
    #expect(
      try without.remarks() == [
        "15:5: warning: `services.api.kubernetes` is not looked at: there is no `kubernetes` section "
          + "with a kubeconfig, and this is no pod of a cluster"
      ])
    #expect(try without.load().services.values.first?.kubernetes == nil)
    let pod = try without.load(environment: ["KUBERNETES_SERVICE_HOST": "10.0.0.1"])
    #expect(pod.kubernetes == KubernetesAccess())
    #expect(pod.services.values.first?.kubernetes?.deployment == "api")
    let file = try ConfigurationCase(
      yaml(service: service, top: "kubernetes: { kubeconfig: api.token, context: prod }")
    ).load()
    #expect(file.kubernetes?.kubeconfig?.hasSuffix("/api.token") == true)
    #expect(file.kubernetes?.context == "prod")
    #expect(file.services.values.first?.kubernetes != nil)
  }
}
