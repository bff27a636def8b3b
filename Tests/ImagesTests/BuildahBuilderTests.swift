import DeployModel
import Foundation
import Images
import Posix
import TestKit
import Testing

/// What a build makes and how it fails, with real buildah.
@Suite(.serialized, .enabled(if: Workbench.hasRegistry, "needs buildah, docker-registry and root"))
struct BuildahBuilderTests {
  @Test("R8: the digest is the registry's own; target, arguments and labels are in the image")
  func buildAndPush() async throws {
    try await RegistryFixture.with { registry in
      let bench = try Workbench(registry)
      let root = try bench.source([
        "docker/Dockerfile.backend": """
        FROM scratch AS base
        COPY busybox /bin/busybox
        FROM base AS runner
        ARG GREETING=none
        RUN ["/bin/busybox", "sh", "-c", "echo $GREETING > /greeting"]
        LABEL greeting=$GREETING
        FROM base AS unwanted
        LABEL wrong=yes
        """
      ])
      let repository = try registry.repository()
      let image = try await bench.build(
        bench.request(
          root, to: repository, dockerfile: "docker/Dockerfile.backend", target: "runner",
          arguments: ["GREETING": "hello world"], labels: ["io.example.a": "x=\"y\", z"]))
      let digest = try await bench.push(image, "first")
      let again = try await bench.push(image, "second")
      #expect(digest == again)

      let client = registry.client()
      let first = try await client.image(tag("first"), in: repository)
      let stored = try #require(first)
      #expect(stored.digest == digest)
      #expect(stored.labels["greeting"] == "hello world")
      #expect(stored.labels["io.example.a"] == "x=\"y\", z")
      #expect(stored.labels["wrong"] == nil)
      #expect(try await client.digestExists(digest, in: repository))
      #expect(await bench.log.text.contains("STEP 2/2: COPY busybox /bin/busybox"))
      #expect(try bench.privateFiles() == [])
    }
  }

  @Test func aFailingStepIsNamedWithWhatItWroteLast() async throws {
    let bench = try Workbench()
    let root = try bench.source([
      "Dockerfile": """
      FROM scratch
      COPY busybox /bin/busybox
      RUN ["/bin/busybox", "sh", "-c", "echo first; echo the disk is made of cheese; exit 7"]
      """
    ])
    let request = try bench.request(root)
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.code == .buildFailed)
    #expect(error.disposition == .giveUp)
    #expect(error.message.hasPrefix("building at STEP \"RUN /bin/busybox sh -c"))
    #expect(error.message.contains("exit status 7\nfirst\nthe disk is made of cheese"))
    #expect(try await bench.containers() == [])
    #expect(try bench.privateFiles() == [])
  }

  @Test func whatIsMissingIsNamed() async throws {
    let bench = try Workbench()
    let root = try bench.source(["a/Dockerfile": "FROM scratch\nCOPY nothing /\n"])
    for (request, code, words) in [
      (try bench.request(root), FailureCode.dockerfileMissing, "Dockerfile does not exist"),
      (
        try bench.request(root, dockerfile: "a/Dockerfile", context: "b"), .contextMissing,
        "b does not exist"
      ),
      (try bench.request(root, dockerfile: "a"), .dockerfileMissing, "a is not a file"),
      (try bench.request(root, dockerfile: "a/Dockerfile"), .buildFailed, "COPY nothing"),
      (
        try bench.request(root, dockerfile: "a/Dockerfile", target: "nowhere"), .buildFailed,
        "\"nowhere\" was not found"
      ),
    ] {
      let error = try await buildError { _ = try await bench.build(request) }
      #expect(error.code == code)
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test("R13: neither Dockerfile nor context leave the repository through a symbolic link")
  func symbolicLinks() async throws {
    let bench = try Workbench()
    let root = try bench.source(["real/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
    let manager = FileManager.default
    try manager.createSymbolicLink(atPath: "\(root)/out", withDestinationPath: "/etc/hostname")
    try manager.createSymbolicLink(atPath: "\(root)/etc", withDestinationPath: "/etc")
    try manager.createSymbolicLink(atPath: "\(root)/in", withDestinationPath: "real/Dockerfile")
    // Beside the repository, under a name that begins like it.
    try manager.copyItem(atPath: "\(root)/real", toPath: "\(root)-other")
    try manager.createSymbolicLink(atPath: "\(root)/beside", withDestinationPath: "\(root)-other")
    for request in [
      try bench.request(root, dockerfile: "out"),
      try bench.request(root, dockerfile: "beside/Dockerfile"),
      try bench.request(root, dockerfile: "etc/hostname"),
      try bench.request(root, dockerfile: "real/Dockerfile", context: "etc"),
    ] {
      let error = try await buildError { _ = try await bench.build(request) }
      #expect(error.code == .unsafePath)
    }
    _ = try await bench.build(bench.request(root, dockerfile: "in", context: "real"))
  }

  @Test("R12: a build ends at its deadline")
  func timeout() async throws {
    let bench = try Workbench()
    let root = try bench.source(["Dockerfile": Dockerfiles.sleeping(1001)])
    let request = try bench.request(root, deadline: .seconds(2))
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.code == .buildTimeout)
    #expect(error.message == "not done within 2 s and ended")
    try await eventually("the end of its processes") { !Processes.exist("sleep 1001") }
    #expect(try await bench.containers() == [])
  }

  @Test func aMissingBuilderIsToldFromAFailedBuild() async throws {
    let bench = try Workbench(path: "/nowhere")
    let root = try bench.source(["Dockerfile": "FROM scratch\n"])
    let request = try bench.request(root)
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.code == .builderUnavailable)
  }

  @Test("R13: a secret reaches its step, and neither log nor message nor disk keep it")
  func secrets() async throws {
    let bench = try Workbench(secrets: ["npm": "token=hunter2\nsecond-line"])
    let root = try bench.source([
      "Dockerfile": """
      FROM scratch
      COPY busybox /bin/busybox
      RUN --mount=type=secret,id=npm ["/bin/busybox", "sh", "-c", \
      "/bin/busybox md5sum < /run/secrets/npm; /bin/busybox cat /run/secrets/npm; exit 3"]
      """
    ])
    let request = try bench.request(root, secrets: ["npm"])
    let error = try await buildError { _ = try await bench.build(request) }
    let log = await bench.log.text
    // md5 of the two lines above, by `printf 'token=hunter2\nsecond-line' | md5sum`.
    #expect(log.contains("26330c79a1bfa528c5d6636cbb2af17c"))
    for text in [log, error.message] {
      #expect(!text.contains("hunter2"))
      #expect(!text.contains("second-line"))
      #expect(text.contains("***"))
    }
    #expect(try bench.privateFiles() == [])
  }

  @Test func aSecretThatCannotBeReadIsNamedOnly() async throws {
    let bench = try Workbench()
    let root = try bench.source(["Dockerfile": "FROM scratch\n"])
    let request = try bench.request(root, secrets: ["npm"])
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.message == "the build secret npm cannot be read")
    #expect(try bench.privateFiles() == [])
  }

  @Test func aRegistryThatIsDownIsTriedAgainLater() async throws {
    let registry = try await RegistryFixture.start()
    let bench = try Workbench(registry)
    let repository = try registry.repository()
    let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
    let image = try await bench.build(bench.request(root, to: repository))
    await registry.stop()
    let error = try await buildError { _ = try await bench.push(image, "a") }
    #expect(error.code == .registryUnavailable)
    #expect(error.disposition == .retry(after: nil))
    #expect(error.message.contains("pushing to \(repository) failed"))
  }

  @Test("R13: credentials let a push through, wrong ones are refused, none is left on disk")
  func credentials() async throws {
    try await RegistryFixture.with(protected: true) { registry in
      let repository = try registry.repository()
      for (password, code) in [
        (RegistryFixture.password, nil), ("wrong-password", FailureCode.registryRefused),
      ] {
        let bench = try Workbench(
          accounts: RegistryAccounts([
            registry.host: .init(
              credentials: .init(username: RegistryFixture.username, password: password),
              insecure: true)
          ]))
        let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
        let image = try await bench.build(bench.request(root, to: repository))
        do {
          _ = try await bench.push(image, "a")
          #expect(code == nil)
        } catch let error as BuildError {
          #expect(error.code == code)
          #expect(error.disposition == .giveUp)
          #expect(!error.message.contains(password))
        }
        #expect(try bench.privateFiles() == [])
      }
    }
  }

  @Test func aBaseImageThatIsNotThereFailsTheBuildAndADeadRegistryDoesNot() async throws {
    try await RegistryFixture.with { registry in
      let bench = try Workbench(
        accounts: RegistryAccounts([
          registry.host: .init(insecure: true), "127.0.0.1:1": .init(insecure: true),
        ]))
      let missing = try bench.source(["Dockerfile": "FROM \(registry.host)/none:1\n"])
      let request = try bench.request(missing)
      let error = try await buildError { _ = try await bench.build(request) }
      #expect(error.code == .buildFailed)

      let dead = try bench.source(["Dockerfile": "FROM 127.0.0.1:1/none:1\n"])
      let second = try bench.request(dead, deadline: .seconds(30))
      let other = try await buildError { _ = try await bench.build(second) }
      #expect(other.code == .registryUnavailable)
      #expect(other.disposition == .retry(after: nil))
    }
  }
}

enum Dockerfiles {
  /// Sleeps in the step itself and in a process that has left its session.
  static func sleeping(_ seconds: Int) -> String {
    """
    FROM scratch
    COPY busybox /bin/busybox
    RUN ["/bin/busybox", "sh", "-c", \
    "/bin/busybox setsid /bin/busybox sleep \(seconds) & /bin/busybox sleep \(seconds)"]
    """
  }
}

enum Processes {
  /// Whether a running process has `words` in its arguments.
  static func exist(_ words: String) -> Bool { count(words) > 0 }

  static func count(_ words: String) -> Int {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.count { name in
      guard Int(name) != nil,
        let data = FileManager.default.contents(atPath: "/proc/\(name)/cmdline")
      else { return false }
      let line = String(
        decoding: data.map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
      return line.contains("/bin/busybox \(words)") && !line.contains("buildah")
        && !line.contains(" sh ")
    }
  }
}
