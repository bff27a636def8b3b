import Foundation
import TestKit
import Testing

/// `slipway init` with the real program.
@Suite struct InitCommandTests {
  private func type(_ arguments: String...) async throws -> TypedCommand.Outcome {
    try await TypedCommand(arguments, environment: [:]).end()
  }

  @Test("The example's draft passes check as soon as its secrets are there")
  func mirai() async throws {
    let directory = try TemporaryDirectory("init")
    let file = directory.appending("slipway.yaml")
    let example = Fixtures.packageRoot.appending(path: "examples/mirai").path
    let drafted = try await type("init", example, "--output", file)
    #expect(drafted.status == 0)
    #expect(drafted.output == "\(file): 3 services: backend, frontend, marketing\n")
    #expect(
      drafted.error == "Next: put the secrets into secrets/ops.token, secrets/webhook.secret, "
        + "secrets/git.token, then: slipway check --config \(file)\n", "nothing is in doubt")
    let before = try await type("check", "--config", file)
    #expect(before.status == 1)
    #expect(before.output.split(separator: "\n").dropLast().allSatisfy { $0.contains("/secrets/") })
    for secret in ["ops.token", "webhook.secret", "git.token"] {
      try directory.write("a-secret-of-enough-length\n", to: "secrets/\(secret)")
    }
    let after = try await type("check", "--config", file)
    #expect(after.status == 0, "\(after)")
    #expect(after.output.contains("no errors; 3 services from 1 repository"))
  }

  @Test("What is there is not overwritten, unless that is said; - prints")
  func overwriting() async throws {
    let directory = try TemporaryDirectory("init")
    let file = try directory.write("mine\n", to: "slipway.yaml")
    let example = Fixtures.packageRoot.appending(path: "examples/mirai").path
    let refused = try await type("init", example, "-o", file)
    #expect(refused.status == 1)
    #expect(refused.error.contains("is there already"))
    #expect(refused.error.contains("--force"))
    #expect(try String(contentsOfFile: file, encoding: .utf8) == "mine\n")
    let printed = try await type("init", example, "-o", "-")
    #expect(printed.status == 0)
    #expect(try await type("init", example, "-o", file, "--force").status == 0)
    #expect(try String(contentsOfFile: file, encoding: .utf8) == printed.output)
    let unwritable = try await type("init", example, "-o", "/no/such/place.yaml")
    #expect(unwritable.status == 1)
    #expect(unwritable.error.contains("/no/such/place.yaml cannot be written: no such file"))
  }

  @Test("A draft inside the repository is written, and it is said that secrets do not belong there")
  func inside() async throws {
    let directory = try TemporaryDirectory("init")
    let files = [
      "api/Dockerfile": "FROM scratch\n",
      "k8s/api/kustomization.yaml": "images:\n- name: ghcr.io/acme/api\n  newTag: \"1\"\n",
    ]
    for (path, text) in files { try directory.write(text, to: path) }
    let drafted = try await type("init", directory.path, "-o", directory.appending("slipway.yaml"))
    #expect(drafted.status == 0, "\(drafted)")
    #expect(drafted.error.contains("lies inside the repository"))
  }

  @Test("A directory that is none is a usage error; one with nothing in it says what was sought")
  func nothing() async throws {
    let directory = try TemporaryDirectory("init")
    let file = try directory.write("x", to: "file")
    for path in ["\(directory.path)/missing", file] {
      let typed = try await type("init", path, "-o", "-")
      #expect(typed.status == 2)
      #expect(typed.error.contains(path))
    }
    let empty = try await type("init", directory.path, "-o", "-")
    #expect(empty.status == 1)
    #expect(empty.output.isEmpty)
    #expect(empty.error.contains("Looked for: Dockerfiles, kustomizations"))
  }
}
