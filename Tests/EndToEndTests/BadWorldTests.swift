import Foundation
import TestKit
import Testing

/// What is wrong in one service's world ends that service's deployment with a clear sentence, and
/// touches no other.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct BadWorldTests {
  private let failures = [
    "nodocker": ("dockerfile_missing", "nodocker/Dockerfile does not exist"),
    "failing": ("build_failed", "7"),
    "nokust": ("kustomization_missing", "k8s/nokust"),
    "badkust": ("kustomization_invalid", "k8s/badkust/kustomization.yaml:"),
    "twice": ("kustomization_invalid", "k8s/twice/kustomization.yaml:"),
    "refused": ("push_refused", "nobody deploys refused"),
    "denied": ("registry_refused", "127.0.0.1"),
    "noregistry": ("registry_unavailable", "127.0.0.1:1"),
  ]

  @Test("Each service fails for its own reason, in its own words, and the good one lands")
  func eachInItsOwnWay() async throws {
    try await RegistryFixture.with(protected: true) { guarded in
      let services = failures.keys.sorted() + ["good"]
      try await withInstallation(
        services, concurrency: 4,
        registries: ["denied": guarded.host, "noregistry": "127.0.0.1:1"]
      ) { installation in
        try await breakTheWorld(installation.monorepo)
        try await installation.start()
        let (before, after) = try await installation.monorepo.change(services, to: "1")
        #expect(try await installation.deliver(before, after).status == 202)
        try await installation.reach("good-1", "committed")
        for (service, (code, words)) in failures {
          let failed = try await installation.reach("\(service)-1", "failed")
          let failure = try #require(failed["failure"] as? [String: Any], "\(service)")
          #expect(failure["code"] as? String == code, "\(service): \(failure)")
          #expect((failure["message"] as? String)?.contains(words) == true, "\(failure)")
        }
        #expect(try await installation.monorepo.deploymentsInGit() == ["good-1"])
      }
    }
  }

  private func breakTheWorld(_ monorepo: Monorepo) async throws {
    try FileManager.default.removeItem(atPath: "\(monorepo.work)/nodocker/Dockerfile")
    try monorepo.write("\n", to: "nodocker/README")
    try monorepo.write(
      "FROM scratch\nCOPY busybox /bin/sh\nCOPY VERSION /\nRUN exit 7\n", to: "failing/Dockerfile")
    try await shell("cp", "/bin/busybox", "\(monorepo.work)/failing/busybox")
    try FileManager.default.removeItem(atPath: "\(monorepo.work)/k8s/nokust/kustomization.yaml")
    try monorepo.write("images: [\n", to: "k8s/badkust/kustomization.yaml")
    let file = "k8s/twice/kustomization.yaml"
    let image = "\(monorepo.registry)/twice"
    try monorepo.write(
      try monorepo.read(file) + "- name: \(image)\n  newTag: other\n", to: file)
    try await monorepo.commit("chore: break things")
    let hook = "\(monorepo.origin)/hooks/pre-receive"
    try """
    #!/bin/sh
    while read -r old new ref; do
      if git diff --name-only "$old" "$new" | grep -q '^k8s/refused/'; then
        echo "nobody deploys refused" >&2
        exit 1
      fi
    done
    """.write(toFile: hook, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: hook)
  }
}
