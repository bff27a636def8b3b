import DeployModel
import Foundation
import TestKit
import Testing

@testable import Images

/// Several builders, what is said to them, and what happens where one does not answer.
@Suite(.serialized, .enabled(if: Workbench.hasRegistry, "needs buildah, docker-registry and root"))
struct BuildKitFleetTests {
  @Test("a service stays with its builder, and only those of one that left move")
  func rendezvous() {
    let three = ["tcp://a:1", "tcp://b:1", "tcp://c:1"]
    let services = (1...60).map { "service-\($0)" }
    let first = Dictionary(
      uniqueKeysWithValues: services.map { ($0, RendezvousOrder.of(three, for: $0)) })
    for (service, order) in first {
      #expect(RendezvousOrder.of(three.reversed(), for: service) == order)
      let rest = RendezvousOrder.of(three.filter { $0 != "tcp://b:1" }, for: service)
      #expect(rest == order.filter { $0 != "tcp://b:1" })
    }
    for address in three {
      let share = first.values.count { $0[0] == address }
      #expect((8...32).contains(share), "\(address) has \(share) of 60")
    }
  }

  @Test("one that did not answer is asked last for a while")
  func rest() async {
    let absent = AbsentBuilders(rest: .seconds(30))
    let now = ContinuousClock.now
    await absent.didNotAnswer("a", at: now)
    #expect(await absent.last(of: ["a", "b"], now: now + .seconds(29)) == ["b", "a"])
    #expect(await absent.last(of: ["a", "b"], now: now + .seconds(30)) == ["a", "b"])
    await absent.didNotAnswer("a", at: now)
    await absent.hasAnswered("a")
    #expect(await absent.last(of: ["a", "b"], now: now) == ["a", "b"])
  }

  @Test("a builder that does not answer is passed over, and the log says so")
  func failOver() async throws {
    try await RegistryFixture.with { registry in
      for kind in BuilderKind.present where kind == .buildkit || kind == .buildctlStandIn {
        let bench = try ConformanceBench(kind, registry: registry) { settings in
          // Whatever the order is, some service meets the dead one first.
          settings.addresses.append("tcp://127.0.0.1:1")
        }
        let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
        for service in ["a", "b", "c", "d", "e", "f"] {
          var request = try bench.workbench.request(root, to: registry.repository())
          request.service = try #require(ServiceName(service))
          _ = try await bench.build(request)
        }
        let log = await bench.log.text
        let complaints = log.split(separator: "\n").count {
          $0.hasPrefix("The builder at tcp://127.0.0.1:1 does not answer: ")
        }
        // After the first it rests.
        #expect(complaints == 1, "\(log)")
      }
    }
  }

  @Test("a builder that ends in the middle of a build is replaced by the next")
  func midway() async throws {
    try await RegistryFixture.with { registry in
      let dying = "tcp://dying:1234"
      let bench = try ConformanceBench(.buildctlStandIn, registry: registry) { settings in
        settings.addresses = [ConformanceBench.standInAddress, dying]
        settings.environment["STANDIN_ALIVE"] = "\(ConformanceBench.standInAddress),\(dying)"
        settings.environment["STANDIN_DYING"] = dying
      }
      // One that meets the dying one first.
      let service = try #require(
        (1...).lazy.map { "service-\($0)" }.first {
          RendezvousOrder.of([ConformanceBench.standInAddress, dying], for: $0)[0] == dying
        })
      let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
      var request = try bench.workbench.request(root, to: registry.repository())
      request.service = try #require(ServiceName(service))
      let image = try await bench.build(request)
      #expect(image.reference.hasPrefix("sha256:"))
      let log = await bench.log.text
      #expect(log.contains("The builder at \(dying) does not answer: it ended while it built"))
    }
  }

  @Test("where none answers, all are named, and it is tried again later")
  func noneAnswers() async throws {
    let bench = try ConformanceBench(.buildctlStandIn) { settings in
      settings.addresses = ["tcp://127.0.0.1:1", "tcp://127.0.0.1:2"]
    }
    let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
    let request = try bench.workbench.request(root)
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.code == .builderUnavailable)
    #expect(error.disposition == .retry(after: nil))
    #expect(error.message.hasPrefix("no builder answers: tcp://127.0.0.1:"))
    #expect(
      error.message.contains("tcp://127.0.0.1:1: ") && error.message.contains("tcp://127.0.0.1:2: ")
    )
    #expect(error.message.contains("connection refused"))
    #expect(try bench.workbench.privateFiles() == [])
  }

  @Test(
    "what a builder that does not answer says, and whether waiting helps",
    arguments: [
      (
        "error: failed to list workers: Unavailable: connection error: desc = \"transport: Error "
          + "while dialing: dial tcp 127.0.0.1:9: connect: connection refused\"", true
      ),
      (
        "error: failed to list workers: Unavailable: connection error: desc = \"transport: "
          + "authentication handshake failed: tls: failed to verify certificate: x509: certificate "
          + "signed by unknown authority\"", false
      ),
      (
        "error: failed to list workers: Unavailable: connection error: desc = \"error reading "
          + "server preface: remote error: tls: certificate required\"", false
      ),
    ])
  func troubles(_ line: String, _ mayPass: Bool) {
    let trouble = BuildKitProbe.trouble(inLines: "\(line)\n")
    #expect(trouble == .init(text: line, mayPass: mayPass))
  }

  @Test("R13: values cannot become options, fields or files of their own")
  func lines() {
    #expect(
      CSVLine.of(["type=image", "name=r/a:1,r/a:2", "x=\"q\""])
        == #"type=image,"name=r/a:1,r/a:2","x=""q""""#)
  }

  // MARK: With a real BuildKit

  @Test(
    "R13: a builder behind TLS is reached with certificates, and not without",
    .enabled(if: BuilderKind.buildkit.isPresent, BuilderKind.buildKitComment))
  func certificates() async throws {
    let environment = BuilderKind.environment
    let address = try #require(environment["SLIPWAY_TEST_BUILDKIT_TLS"])
    let files = try #require(environment["SLIPWAY_TEST_BUILDKIT_CERTIFICATES"])
    func tls(_ name: String, serverName: String? = nil) -> BuildKitSettings.TLS {
      .init(
        authority: "\(files)/ca.crt", certificate: "\(files)/\(name).crt",
        privateKey: "\(files)/\(name).key", serverName: serverName)
    }
    try await RegistryFixture.with { registry in
      for (identity, isLetIn) in [
        (tls("client"), true), (tls("client", serverName: "buildkit.test"), true),
        (tls("client", serverName: "elsewhere.test"), false), (tls("stranger"), false),
      ] {
        let bench = try ConformanceBench(.buildkit, registry: registry) { settings in
          settings.addresses = [address]
          settings.tls = identity
        }
        let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
        let request = try bench.workbench.request(root, to: registry.repository())
        if isLetIn {
          _ = try await bench.build(request)
        } else {
          let error = try await buildError { _ = try await bench.build(request) }
          #expect(error.code == .builderUnavailable)
          // Of a certificate that the builder refuses, its answer may be lost with the connection.
          guard identity.serverName != nil else { continue }
          #expect(error.disposition == .giveUp, "\(error.message)")
          #expect(error.message.contains("x509: "), "\(error.message)")
        }
      }
    }
  }

  @Test(
    "layers of all stages come back from the cache's registry, under the service's tag",
    .enabled(if: BuilderKind.buildkit.isPresent, BuilderKind.buildKitComment))
  func cache() async throws {
    try await RegistryFixture.with { registry in
      let cache = try registry.repository("acme/cache")
      let bench = try ConformanceBench(.buildkit, registry: registry) { $0.cache = cache }
      let root = try bench.source([
        "Dockerfile": """
        FROM scratch AS base
        COPY busybox /bin/busybox
        RUN ["/bin/busybox", "sh", "-c", "echo \(UUID().uuidString) > /made"]
        FROM scratch
        COPY --from=base /made /made
        """
      ])
      let request = try bench.workbench.request(root, to: registry.repository())
      let first = try await bench.build(request)
      #expect(try await registry.client().digest(of: tag("backend"), in: cache) != nil)
      #expect(
        try await registry.client().digest(of: tag("backend"), in: registry.repository()) == nil)
      try await shell(
        "\(BuilderKind.environment["SLIPWAY_TEST_BUILDKIT_PATH"] ?? "")/buildctl",
        ["--addr", BuilderKind.buildKitAddress ?? "", "prune", "--all"])
      let second = try await bench.build(request)
      #expect(first == second)
      let log = await bench.log.text
      #expect(log.split(separator: "\n").contains { $0.hasSuffix(" CACHED") }, "\(log)")
    }
  }

  @Test(
    "R8: with attestations the tag leads to an index, whose digest is verified and whose image has the labels",
    .enabled(if: BuilderKind.buildkit.isPresent, BuilderKind.buildKitComment))
  func attestations() async throws {
    try await RegistryFixture.with { registry in
      let bench = try ConformanceBench(.buildkit, registry: registry) {
        $0.attestations = .init(provenance: .max)
      }
      let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
      let repository = try registry.repository()
      let image = try await bench.build(
        bench.workbench.request(root, to: repository, labels: [ImageLabels.revision: "abc"]))
      let source = try #require(CommitSHA(String(repeating: "a", count: 40)))
      let inputs = try #require(InputDigest("sha256:\(String(repeating: "1", count: 64))"))
      let published = try await ImagePublication(
        builder: bench.builder, registry: registry.client(), clock: RealClock()
      ).publish(image, source: source, inputs: inputs, rebuild: false) { _ in }
      #expect(published.digest.text == image.reference)
      let stored = try #require(
        try await registry.client().image(published.tag, in: repository))
      #expect(stored.digest == published.digest)
      #expect(stored.labels[ImageLabels.revision] == "abc")
      let manifest = try await shell(
        "curl", "-s", "-H", "Accept: application/vnd.oci.image.index.v1+json",
        "http://\(registry.host)/v2/\(repository.path)/manifests/\(published.tag)")
      #expect(manifest.contains("attestation-manifest"))
    }
  }

  @Test(
    "R8: a build pushes by digest and gives no tag",
    .enabled(if: BuilderKind.buildkit.isPresent, BuilderKind.buildKitComment))
  func noTag() async throws {
    try await RegistryFixture.with { registry in
      let bench = try ConformanceBench(.buildkit, registry: registry)
      let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
      let repository = try registry.repository()
      let image = try await bench.build(bench.workbench.request(root, to: repository))
      let digest = try #require(ImageDigest(image.reference))
      #expect(try await registry.client().digestExists(digest, in: repository))
      let tags = try await shell(
        "curl", "-s", "http://\(registry.host)/v2/\(repository.path)/tags/list")
      #expect(tags.contains("NAME_UNKNOWN") || tags.contains("\"tags\":null"), "\(tags)")
    }
  }
}
