import DeployModel
import Foundation
import Images
import TestKit
import Testing

/// What the pipeline may rely on, whichever builder there is; every one passes it.
@Suite(.serialized, .enabled(if: Workbench.hasRegistry, "needs buildah, docker-registry and root"))
struct BuilderConformanceTests {
  @Test(
    "a Docker engine is among them",
    .enabled(if: BuilderKind.docker.isPresent, BuilderKind.dockerComment))
  func docker() { #expect(BuilderKind.present.contains(.docker)) }

  @Test(
    "a BuildKit is among them",
    .enabled(if: BuilderKind.buildkit.isPresent, BuilderKind.buildKitComment))
  func buildKit() { #expect(BuilderKind.present.contains(.buildkit)) }

  @Test(
    "R8: the digest is the registry's own; target, arguments and labels are in the image",
    arguments: BuilderKind.present)
  func buildAndPush(_ kind: BuilderKind) async throws {
    try await RegistryFixture.with { registry in
      let bench = try ConformanceBench(kind, registry: registry)
      let root = try bench.source([
        "docker/Dockerfile.backend": """
        FROM scratch AS base
        COPY busybox /bin/busybox
        FROM base AS runner
        ARG GREETING=none
        ARG UNSET=default
        RUN ["/bin/busybox", "sh", "-c", "echo greeting: $GREETING, unset: $UNSET"]
        LABEL greeting=$GREETING
        FROM base AS unwanted
        LABEL wrong=yes
        """
      ])
      let repository = try registry.repository()
      let inputs = "sha256:\(String(repeating: "0b", count: 32))"
      let image = try await bench.build(
        bench.workbench.request(
          root, to: repository, dockerfile: "docker/Dockerfile.backend", target: "runner",
          arguments: ["GREETING": "hello \"big\", world", "UNUSED": "--progress=tty"],
          labels: ["io.example.a": "x=\"y\", z", ImageLabels.inputDigest: inputs]))
      let digest = try await bench.push(image, "first")
      let again = try await bench.push(image, "second")
      #expect(digest == again)
      await bench.builder.discard(image)

      let stored = try #require(
        try await registry.client().image(tag("first"), in: repository))
      #expect(stored.digest == digest)
      #expect(stored.labels["greeting"] == "hello \"big\", world")
      #expect(stored.labels["io.example.a"] == "x=\"y\", z")
      #expect(stored.labels[ImageLabels.inputDigest] == inputs)
      #expect(stored.labels["wrong"] == nil)
      #expect(try await registry.client().digestExists(digest, in: repository))
      let log = await bench.log.text
      #expect(log.contains("COPY busybox /bin/busybox"), "\(log)")
      #expect(log.contains("greeting: hello \"big\", world, unset: default"), "\(log)")
      #expect(try await bench.leftovers() == [])
    }
  }

  @Test(
    ".dockerignore keeps files out, and one beside the Dockerfile takes its place",
    arguments: BuilderKind.present)
  func ignored(_ kind: BuilderKind) async throws {
    try await RegistryFixture.with { registry in
      let bench = try ConformanceBench(kind, registry: registry)
      let list = """
        FROM scratch
        COPY . /all/
        RUN ["/all/busybox", "sh", "-c", "cd /all; echo found: $(/all/busybox find . -type f | /all/busybox sort)"]
        """
      let root = try bench.source([
        "app/Dockerfile": list, "app/Dockerfile.other": list,
        "app/.dockerignore": "*.md\nDockerfile*\n.dockerignore\n",
        "app/Dockerfile.other.dockerignore": "*.txt\nDockerfile*\n.dockerignore\n",
        "app/a.txt": "a", "app/b.md": "b",
      ])
      try FileManager.default.copyItem(
        atPath: "/bin/busybox", toPath: "\(root)/app/busybox")
      for (dockerfile, found) in [
        ("app/Dockerfile", "found: ./a.txt ./busybox"),
        ("app/Dockerfile.other", "found: ./b.md ./busybox"),
      ] {
        let image = try await bench.build(
          bench.workbench.request(
            root, to: registry.repository(), dockerfile: dockerfile, context: "app"))
        await bench.builder.discard(image)
        let log = await bench.log.text
        #expect(log.contains(found), "\(dockerfile): \(log)")
      }
    }
  }

  @Test(
    "a failing step is named, with what it wrote last; it is final",
    arguments: BuilderKind.present)
  func failingStep(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind)
    let root = try bench.source([
      "Dockerfile": """
      FROM scratch
      COPY busybox /bin/busybox
      RUN ["/bin/busybox", "sh", "-c", "echo first; echo connection refused by the cheese; exit 7"]
      """
    ])
    let request = try bench.workbench.request(root)
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.code == .buildFailed)
    #expect(error.disposition == .giveUp)
    #expect(error.message.hasPrefix("building at "), "\(error.message)")
    #expect(error.message.contains("RUN "), "\(error.message)")
    #expect(
      error.message.contains(": 7") || error.message.contains("exit status 7"), "\(error.message)")
    #expect(error.message.hasSuffix("first\nconnection refused by the cheese"), "\(error.message)")
    #expect(try await bench.leftovers() == [])
  }

  @Test(
    "what is missing is named",
    arguments: BuilderKind.present)
  func missing(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind)
    let root = try bench.source(["a/Dockerfile": "FROM scratch\nCOPY nothing /\n"])
    for (request, code, words) in [
      (
        try bench.workbench.request(root), FailureCode.dockerfileMissing,
        "Dockerfile does not exist"
      ),
      (
        try bench.workbench.request(root, dockerfile: "a/Dockerfile", context: "b"),
        .contextMissing, "b does not exist"
      ),
      (try bench.workbench.request(root, dockerfile: "a/Dockerfile"), .buildFailed, "nothing"),
      (
        try bench.workbench.request(root, dockerfile: "a/Dockerfile", target: "nowhere"),
        .buildFailed, "nowhere"
      ),
    ] {
      let error = try await buildError { _ = try await bench.build(request) }
      #expect(error.code == code, "\(error.message)")
      #expect(error.disposition == .giveUp)
      #expect(error.message.contains(words), "\(error.message)")
    }
  }

  @Test(
    "R13: neither Dockerfile nor context leave the repository through a symbolic link",
    arguments: BuilderKind.present)
  func symbolicLinks(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind)
    let root = try bench.source(["real/Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
    try FileManager.default.createSymbolicLink(
      atPath: "\(root)/out", withDestinationPath: "/etc/hostname")
    try FileManager.default.createSymbolicLink(
      atPath: "\(root)/real/Dockerfile.dockerignore", withDestinationPath: "/etc/hostname")
    for dockerfile in ["out", "real/Dockerfile"] {
      let request = try bench.workbench.request(root, dockerfile: dockerfile, context: "real")
      let error = try await buildError { _ = try await bench.build(request) }
      #expect(error.code == .unsafePath)
    }
  }

  @Test(
    "R13: a secret reaches its step, and neither log nor message nor disk keep it",
    arguments: BuilderKind.present)
  func secrets(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind, secrets: ["npm": "token=hunter2\nsecond-line"])
    let root = try bench.source([
      "Dockerfile": """
      FROM scratch
      COPY busybox /bin/busybox
      RUN --mount=type=secret,id=npm ["/bin/busybox", "sh", "-c", \
      "/bin/busybox md5sum < /run/secrets/npm; /bin/busybox cat /run/secrets/npm; exit 3"]
      """
    ])
    let request = try bench.workbench.request(root, secrets: ["npm"])
    let error = try await buildError { _ = try await bench.build(request) }
    let log = await bench.log.text
    // md5 of the two lines above, by `printf 'token=hunter2\nsecond-line' | md5sum`.
    #expect(log.contains("26330c79a1bfa528c5d6636cbb2af17c"), "\(log)")
    for text in [log, error.message] {
      #expect(!text.contains("hunter2"))
      #expect(!text.contains("second-line"))
      #expect(text.contains("***"), "\(text)")
    }
    #expect(try await bench.leftovers() == [])
  }

  @Test(
    "R1: a cancelled build leaves no process, image or file",
    arguments: BuilderKind.present)
  func cancel(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind)
    let seconds = 1101 + (BuilderKind.allCases.firstIndex(of: kind) ?? 0)
    let request = try bench.workbench.request(
      bench.source(["Dockerfile": Dockerfiles.sleeping(seconds)]))
    let build = Task { try await bench.build(request) }
    try await eventually("the build's work") { Processes.count("sleep \(seconds)") == 2 }
    build.cancel()
    await #expect(throws: BuildError.self) { try await build.value }
    // A daemon ends what it runs once its client is gone, in its own time.
    try await eventually("the end of its processes") { !Processes.exist("sleep \(seconds)") }
    #expect(try await bench.leftovers() == [])
  }

  @Test(
    "R12: a build ends at its deadline, for good",
    arguments: BuilderKind.present)
  func timeout(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind)
    let seconds = 1201 + (BuilderKind.allCases.firstIndex(of: kind) ?? 0)
    let root = try bench.source(["Dockerfile": Dockerfiles.sleeping(seconds)])
    let request = try bench.workbench.request(root, deadline: .seconds(3))
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.code == .buildTimeout)
    #expect(error.message == "not done within 3 s and ended")
    #expect(error.disposition == .giveUp)
    try await eventually("the end of its processes") { !Processes.exist("sleep \(seconds)") }
    #expect(try await bench.leftovers() == [])
  }

  @Test(
    "a missing program is told from a failed build",
    arguments: BuilderKind.present)
  func missingProgram(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind, path: "/nowhere")
    let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
    let request = try bench.workbench.request(root)
    let error = try await buildError { _ = try await bench.build(request) }
    #expect(error.code == .builderUnavailable)
    #expect(error.message.contains("is not installed or not on the PATH"), "\(error.message)")
    let atStart = try await buildError { try await bench.builder.recover() }
    #expect(atStart.code == .builderUnavailable)
  }

  @Test(
    "R13: credentials let an image through, wrong ones are refused, none is left on disk",
    arguments: BuilderKind.present)
  func credentials(_ kind: BuilderKind) async throws {
    try await RegistryFixture.with(protected: true) { registry in
      let repository = try registry.repository()
      for (password, code) in [
        (RegistryFixture.password, nil), ("wrong-password", FailureCode.registryRefused),
      ] {
        let bench = try ConformanceBench(
          kind, registry: registry,
          credentials: .init(username: RegistryFixture.username, password: password))
        let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
        do {
          let image = try await bench.build(bench.workbench.request(root, to: repository))
          defer { Task { await bench.builder.discard(image) } }
          _ = try await bench.push(image, "a")
          #expect(code == nil)
        } catch let error as BuildError {
          #expect(error.code == code, "\(error.message)")
          #expect(error.disposition == .giveUp)
          #expect(!error.message.contains(password))
        }
        #expect(try bench.workbench.privateFiles() == [])
      }
    }
  }

  @Test(
    "R13: the credentials of a config.json let a base image and an image through",
    arguments: BuilderKind.present)
  func dockerConfig(_ kind: BuilderKind) async throws {
    try await RegistryFixture.with(protected: true) { registry in
      let login = "\(RegistryFixture.username):\(RegistryFixture.password)"
      let auth = Data(login.utf8).base64EncodedString()
      let file = #"{"auths":{"https://\#(registry.host)/v2/":{"auth":"\#(auth)"}}}"#
      let bench = try ConformanceBench(
        kind, registry: registry, docker: DockerCredentials(parsing: Array(file.utf8)))
      let base = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /base\n"])
      let first = try await bench.build(
        bench.workbench.request(base, to: registry.repository("acme/base")))
      _ = try await bench.push(first, "1")
      let root = try bench.source([
        "Dockerfile": "FROM \(registry.host)/acme/base:1\nCOPY Dockerfile /\n"
      ])
      let image = try await bench.build(
        bench.workbench.request(root, to: registry.repository("acme/backend")))
      _ = try await bench.push(image, "1")
      await bench.builder.discard(first)
      await bench.builder.discard(image)
      #expect(try bench.workbench.privateFiles() == [])
      #expect(!(await bench.log.text.contains(auth)))
    }
  }

  @Test(
    "a base image that is not there is final, a registry that does not answer is not",
    arguments: BuilderKind.present)
  func baseImage(_ kind: BuilderKind) async throws {
    try await RegistryFixture.with { registry in
      let bench = try ConformanceBench(kind, registry: registry)
      let missing = try bench.source(["Dockerfile": "FROM \(registry.host)/none:1\n"])
      let request = try bench.workbench.request(missing)
      let error = try await buildError { _ = try await bench.build(request) }
      #expect(error.code == .buildFailed, "\(error.message)")
      #expect(error.disposition == .giveUp)

      let dead = try bench.source(["Dockerfile": "FROM 127.0.0.1:1/none:1\n"])
      let second = try bench.workbench.request(dead, deadline: .seconds(30))
      let other = try await buildError { _ = try await bench.build(second) }
      #expect(other.code == .registryUnavailable, "\(other.message)")
      #expect(other.disposition == .retry(after: nil))
    }
  }

  @Test(
    "R1: a restart ends what the process before left running, and removes what it used",
    arguments: BuilderKind.present)
  func restart(_ kind: BuilderKind) async throws {
    let bench = try ConformanceBench(kind)
    try await bench.builder.recover()
    let seconds = 1301 + (BuilderKind.allCases.firstIndex(of: kind) ?? 0)
    let root = try bench.source(["Dockerfile": Dockerfiles.sleeping(seconds)])
    let request = try bench.workbench.request(root)
    // As after `kill -9`: nobody waits for it, and nobody cleans up.
    let lost = Task { try await bench.build(request) }
    try await eventually("the build's work") { Processes.count("sleep \(seconds)") == 2 }
    // Another installation's start leaves it alone.
    try await ConformanceBench(kind).builder.recover()
    #expect(Processes.count("sleep \(seconds)") == 2)

    try await bench.builder.recover()

    await #expect(throws: BuildError.self) { try await lost.value }
    try await eventually("the end of its processes") { !Processes.exist("sleep \(seconds)") }
    #expect(try await bench.leftovers() == [])
  }

  @Test(
    "R8: several platforms are one index, or are refused with what to do",
    arguments: BuilderKind.present.filter { $0 != .buildctlStandIn })
  func platforms(_ kind: BuilderKind) async throws {
    try await RegistryFixture.with { registry in
      let bench = try ConformanceBench(kind, registry: registry)
      let repository = try registry.repository()
      let root = try bench.source(["Dockerfile": "FROM scratch\nCOPY Dockerfile /\n"])
      let request = try bench.workbench.request(
        root, to: repository, platforms: ["linux/amd64", "linux/arm64"],
        labels: [ImageLabels.revision: "abc"])
      if kind == .docker {
        // Debian's engine has the classic store.
        let error = try await buildError { _ = try await bench.build(request) }
        #expect(error.code == .buildFailed, "\(error.message)")
        #expect(error.message.contains("containerd image store"), "\(error.message)")
      } else {
        let image = try await bench.build(request)
        let digest = try await bench.push(image, "both")
        await bench.builder.discard(image)
        let stored = try #require(try await registry.client().image(tag("both"), in: repository))
        #expect(stored.digest == digest)
        #expect(stored.labels[ImageLabels.revision] == "abc")
        let index = try await shell(
          "curl", "-s", "-H", "Accept: application/vnd.oci.image.index.v1+json", "-H",
          "Accept: application/vnd.docker.distribution.manifest.list.v2+json",
          "http://\(registry.host)/v2/\(repository.path)/manifests/both")
        #expect(index.contains("amd64") && index.contains("arm64"), "\(index)")
      }
      #expect(try await bench.leftovers() == [])
    }
  }

  @Test(
    "builds beside each other do not mix",
    arguments: BuilderKind.present)
  func parallel(_ kind: BuilderKind) async throws {
    try await RegistryFixture.with { registry in
      let bench = try ConformanceBench(kind, registry: registry)
      let repository = try registry.repository()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 1...3 {
          let request = try bench.workbench.request(
            bench.source([
              "Dockerfile": """
              FROM scratch
              COPY busybox /bin/busybox
              ARG NUMBER
              RUN ["/bin/busybox", "sh", "-c", "echo $NUMBER > /number"]
              LABEL number=$NUMBER
              """
            ]), to: repository, arguments: ["NUMBER": "\(number)"])
          group.addTask {
            let image = try await bench.build(request)
            _ = try await bench.push(image, "n\(number)")
            await bench.builder.discard(image)
          }
        }
        try await group.waitForAll()
      }
      for number in 1...3 {
        let image = try await registry.client().image(tag("n\(number)"), in: repository)
        #expect(image?.labels["number"] == "\(number)")
      }
      #expect(try await bench.leftovers() == [])
    }
  }
}
