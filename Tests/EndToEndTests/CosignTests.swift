import Foundation
import HTTPTypes
import TestKit
import Testing

/// `cosign:`, from the push to the commit.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct CosignTests {
  @Test("R8, R13: what is built is signed before it is committed; SIGHUP takes another key")
  func signed() async throws {
    try await withInstallation(["backend"]) { installation in
      let cosign = try await CosignFixture.make()
      try installation.directory.write("not the password", to: "cosign.password")
      try installation.directory.write(cosign.key, to: "cosign.key")
      let file = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
      try installation.directory.write(
        file + """
          cosign:
            program: \(CosignFixture.program)
            key: { file: cosign.key }
            password: { file: cosign.password }
            arguments: [--new-bundle-format=false, --use-signing-config=false, --tlog-upload=false]
            verify: { key: \(cosign.publicKeyFile), arguments: [--insecure-ignore-tlog] }

          """, to: "slipway.yaml")
      try await installation.start()
      let untouched = try await installation.monorepo.tip()
      let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
      #expect(untouched == before)
      #expect(try await installation.deliver(before, after).status == 202)
      let failed = try await installation.reach("backend-1", "failed")
      let failure = try #require(failed["failure"] as? [String: Any])
      #expect(failure["code"] as? String == "signing_failed", "\(failure)")
      #expect(failure["stage"] as? String == "publishing")
      #expect("\(failure)".contains("decryption failed"))
      #expect(try await installation.monorepo.tip() == after, "nothing was committed")

      try installation.directory.write(CosignFixture.password, to: "cosign.password")
      installation.signal(SIGHUP)
      try await eventually("the reload") { try log(installation).contains("reloaded") }
      #expect(
        try await installation.call(.post, "/api/v1/deployments/backend-1/retry").status == 202)
      let landed = try await installation.reach("backend-2", "committed")
      let image = try #require(landed["image"] as? [String: Any])
      let digest = try #require(image["digest"] as? String)
      let payloads = try await cosign.payloads(
        of: digest, in: "\(installation.monorepo.registry)/backend")
      #expect(payloads.map(\.digest) == [digest])
      let built = try await installation.call(.get, "/api/v1/deployments/backend-2/log")
      #expect(built.text.contains("Pushing signature to: "))
      for secret in ["not the password", CosignFixture.password, "PRIVATE KEY"] {
        #expect(!(try log(installation).contains(secret)))
        let found = try await shell(
          "sh", "-c", "grep -rlF -- \"$0\" \"$1\" || test $? = 1", secret,
          installation.directory.appending("state"))
        #expect(found == "")
      }
    }
  }

  @Test("a program that is not there is said at the start, which fails")
  func absent() async throws {
    try await withInstallation(["backend"]) { installation in
      let file = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
      try installation.directory.write(
        file + "cosign: { program: cosign-that-nobody-has }\n", to: "slipway.yaml")
      await #expect(throws: ShellFailure.self) { try await installation.start() }
      #expect(
        try log(installation).contains(
          "images cannot be signed: cosign-that-nobody-has is not installed"))
    }
  }

  private func log(_ installation: Installation) throws -> String {
    try String(contentsOfFile: installation.logFile, encoding: .utf8)
  }
}
