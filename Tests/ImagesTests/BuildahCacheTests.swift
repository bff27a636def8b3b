import DeployModel
import Images
import TestKit
import Testing

/// The layer cache is used, and never for what other arguments or platforms made.
@Suite(.serialized, .enabled(if: Workbench.hasRegistry, "needs buildah, docker-registry and root"))
struct BuildahCacheTests {
  @Test("a changed argument reaches LABEL, ENV and COPY, and what stands before stays cached")
  func changedArgument() async throws {
    let bench = try Workbench()
    let root = try bench.source([
      "Dockerfile": """
      FROM scratch AS base
      COPY busybox /bin/busybox
      ARG VERSION=none
      ENV VERSION_SEEN=$VERSION
      LABEL version=$VERSION
      COPY Dockerfile /$VERSION/
      FROM base
      COPY --from=base /bin/busybox /again
      """
    ])
    for version in ["one", "two", "one"] {
      let image = try await bench.build(bench.request(root, arguments: ["VERSION": version]))
      let seen = try await bench.buildah([
        "inspect", "--type", "image", "--format",
        "{{index .OCIv1.Config.Labels \"version\"}} {{.OCIv1.Config.Env}}", image.reference,
      ])
      #expect(seen.hasPrefix("\(version) "))
      #expect(seen.contains("VERSION_SEEN=\(version)]"))
      let container = try await bench.buildah(["from", image.reference])
        .split(whereSeparator: \.isWhitespace)[0]
      let mount = try await bench.buildah(["mount", String(container)])
        .split(whereSeparator: \.isWhitespace)[0]
      #expect(Files.exists("\(mount)/\(version)/Dockerfile"))
      try await bench.buildah(["rm", String(container)])
    }
    let log = await bench.log.text
    // The COPY before the ARG: built once, cached twice.
    let steps = log.split(separator: "STEP ")
    let copies = steps.filter { $0.contains("COPY busybox /bin/busybox") }
    #expect(copies.count == 3)
    #expect(copies.filter { $0.contains("Using cache") }.count == 2)
  }

  @Test func anUnchangedBuildIsServedFromTheCacheWhole() async throws {
    let bench = try Workbench()
    let root = try bench.source([
      "Dockerfile": "FROM scratch\nARG V\nCOPY busybox /bin/busybox\nLABEL v=$V\n"
    ])
    let request = try bench.request(root, arguments: ["V": "1"], labels: ["a": "b"])
    let first = try await bench.build(request)
    let second = try await bench.build(request)
    #expect(first == second)

    // R12: what is old is removed, but never an image that was just made, cached or not.
    let count = try await bench.buildah(["images", "--all", "--quiet"]).split(separator: "\n").count
    let before = Timestamp(milliseconds: RealClock().now().milliseconds + 60_000)
    #expect(await bench.builder.prune(madeBefore: Timestamp(milliseconds: 0)) == 0)
    #expect(await bench.builder.prune(madeBefore: before) > 0)
    let left = try await bench.buildah(["images", "--all", "--quiet", "--no-trunc"])
    #expect(left.split(separator: "\n").map(String.init).contains(first.reference))
    #expect(left.split(separator: "\n").count < count)
  }

  @Test("several platforms make one index with an image of each")
  func platforms() async throws {
    try await RegistryFixture.with { registry in
      let bench = try Workbench(registry)
      let repository = try registry.repository()
      let root = try bench.source([
        "Dockerfile":
          "FROM scratch\nCOPY busybox /bin/busybox\nARG TARGETARCH\nLABEL arch=$TARGETARCH\n"
      ])
      let request = try bench.request(
        root, to: repository, platforms: ["linux/amd64", "linux/arm64"], labels: ["a": "b"])
      let image = try await bench.build(request)
      let inspected = try await bench.buildah(["manifest", "inspect", image.reference])
      let digest = try await bench.push(image, "list")
      let listed = try await registry.client().image(tag("list"), in: repository)
      let stored = try #require(listed)
      #expect(stored.digest == digest)
      #expect(stored.labels["a"] == "b")
      #expect(stored.labels["arch"] == "amd64")
      #expect(inspected.contains("\"architecture\": \"amd64\""))
      #expect(inspected.contains("\"architecture\": \"arm64\""))

      await bench.builder.discard(image)
      let names = try await bench.buildah(["images", "--format", "{{.Name}}"])
      #expect(!names.contains("slipway"))

      let one = try await bench.build(bench.request(root, platforms: ["linux/arm64"]))
      let architecture = try await bench.buildah([
        "inspect", "--type", "image", "--format",
        "{{.OCIv1.Architecture}} {{index .OCIv1.Config.Labels \"arch\"}}", one.reference,
      ])
      #expect(architecture.hasPrefix("arm64 arm64"))
    }
  }
}
