import Foundation
import HTTPTypes
import TestKit
import Testing

/// R1: kill -9 at any instant loses no accepted delivery, doubles no manifest commit, and leaves
/// nothing running for ever.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct CrashTests {
  @Test("R1: killed while deliveries arrive: whatever was answered 202 reaches its end")
  func whileDeliveriesArrive() async throws {
    try await withInstallation(["backend"], concurrency: 1) { installation in
      try await installation.start()
      var accepted: [String] = []
      for round in 1...6 {
        let (before, after) = try await installation.monorepo.change(["backend"], to: "\(round)")
        let guid = "00000000-0000-0000-0000-00000000000\(round)"
        let answer = try await installation.deliver(before, after, guid: guid)
        #expect(answer.status == 202)
        accepted.append(guid)
        if round % 2 == 0 {
          installation.kill()
          try await installation.start()
        }
      }
      for guid in accepted {
        try await eventually("the end of \(guid)") {
          let delivery = try await installation.call(.get, "/api/v1/deliveries/\(guid)")
          #expect(delivery.status == 200)
          return delivery.string("outcome") != "pending"
        }
      }
      try await settled(installation)
      try await provesConsistent(installation)
    }
  }

  @Test("R1: killed while building: the build ends with its server, and begins again after it")
  func whileBuilding() async throws {
    try await withInstallation(["backend"]) { installation in
      try installation.monorepo.write(
        "FROM scratch\nCOPY busybox /busybox\nRUN [\"/busybox\", \"sleep\", \"3\"]\nCOPY VERSION /\n",
        to: "backend/Dockerfile")
      try await shell(
        "cp", "/bin/busybox", "\(installation.monorepo.work)/backend/busybox")
      try await installation.start()
      let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(try await installation.deliver(before, after).status == 202)
      try await installation.reach("backend-1", "building")
      installation.kill()
      try await installation.start()
      try await installation.reach("backend-1", "committed")
      try await provesConsistent(installation)
    }
  }

  @Test(
    "R1: killed around the push: the commit is there once, and recorded",
    arguments: ["before", "after"])
  func aroundThePush(_ side: String) async throws {
    try await withInstallation(["backend", "frontend"]) { installation in
      let marker = installation.directory.appending("pushed")
      // The remote itself says when a push is under way, and holds it until the server is dead.
      let hook = side == "before" ? "pre-receive" : "post-receive"
      let path = "\(installation.monorepo.origin)/hooks/\(hook)"
      let script = """
        #!/bin/sh
        while read -r old new ref; do
          if git log -1 --format=%s "$new" | grep -q '^chore: update'; then
            if [ ! -e "\(marker)" ]; then
              echo "$new" > "\(marker)"
              [ "\(side)" = after ] || { sleep 2; exit 1; }
              sleep 2
            fi
          fi
        done
        """
      try script.write(toFile: path, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      try await installation.start()
      let (before, after) = try await installation.monorepo.change(
        ["backend", "frontend"], to: "1")
      #expect(try await installation.deliver(before, after).status == 202)
      try await eventually("a push that is under way") {
        FileManager.default.fileExists(atPath: marker)
      }
      installation.kill()
      try await installation.start()
      try await installation.reach("backend-1", "committed")
      try await installation.reach("frontend-1", "committed")
      try await provesConsistent(installation)
    }
  }

  /// Everything has ended, every deployment that says so is in git once, and git is linear.
  private func provesConsistent(_ installation: Installation) async throws {
    let deployments = try await installation.allDeployments()
    for deployment in deployments {
      let state = try #require(deployment["state"] as? String)
      #expect(["committed", "superseded", "failed", "cancelled"].contains(state))
    }
    let landed = deployments.filter { $0["state"] as? String == "committed" }
      .compactMap { $0["id"] as? String }
    let inGit = try await installation.monorepo.deploymentsInGit()
    #expect(inGit.count == Set(inGit).count, "a manifest commit is doubled: \(inGit)")
    #expect(Set(inGit) == Set(landed))
    #expect(try await installation.monorepo.isLinear())
  }

  private func settled(_ installation: Installation) async throws {
    try await eventually("the end of every deployment", within: .seconds(120)) {
      try await installation.allDeployments().allSatisfy { deployment in
        ["committed", "superseded", "failed", "cancelled"].contains(deployment["state"] as? String)
      }
    }
  }
}

enum Requirements {
  static let areMet =
    geteuid() == 0 && RegistryFixture.isInstalled
    && FileManager.default.isExecutableFile(atPath: "/usr/bin/buildah")
}

/// A monorepo, a real registry and an installation, gone afterwards.
func withInstallation(
  _ services: [String], concurrency: Int = 2, registries: [String: String] = [:],
  _ body: (Installation) async throws -> Void
) async throws {
  try await RegistryFixture.with { registry in
    let monorepo = try await Monorepo.make(services: services, registry: registry.host)
    let installation = try Installation(
      monorepo, concurrency: concurrency, registries: registries)
    do {
      try await body(installation)
    } catch {
      installation.kill()
      throw error
    }
    _ = try await installation.stop()
  }
}
