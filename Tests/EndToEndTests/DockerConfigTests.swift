import Foundation
import HTTPTypes
import TestKit
import Testing

/// `registries.dockerConfig`, with the real program and a registry that asks who is there.
@Suite(
  .serialized, .enabled(if: Requirements.areMet, "needs root, buildah and docker-registry"))
struct DockerConfigTests {
  @Test("R13: a config.json signs in builder and client, is read again at SIGHUP, and never shown")
  func reload() async throws {
    try await RegistryFixture.with(protected: true) { guarded in
      try await withInstallation(["backend"], registries: ["backend": guarded.host]) {
        installation in
        let file = try String(contentsOfFile: installation.configurationFile, encoding: .utf8)
        try installation.directory.write(
          file.replacingOccurrences(
            of: "registries: { ", with: "registries: { dockerConfig: { file: config.json }, "),
          to: "slipway.yaml")
        let wrong = try sign(in: "wrong-password", to: guarded.host, installation)
        try await installation.start()
        let (before, after) = try await installation.monorepo.change(["backend"], to: "1")
        #expect(try await installation.deliver(before, after).status == 202)
        let failed = try await installation.reach("backend-1", "failed")
        let failure = try #require(failed["failure"] as? [String: Any])
        #expect(failure["code"] as? String == "registry_refused", "\(failure)")

        let right = try sign(in: RegistryFixture.password, to: guarded.host, installation)
        installation.signal(SIGHUP)
        try await eventually("the reload") { try log(installation).contains("reloaded") }
        #expect(
          try await installation.call(.post, "/api/v1/deployments/backend-1/retry").status == 202)
        try await installation.reach("backend-2", "committed")

        try installation.directory.write("{", to: "config.json")
        installation.signal(SIGHUP)
        try await eventually("the refusal") {
          try log(installation).contains("config.json is not JSON")
        }
        for secret in [wrong, right, "wrong-password", RegistryFixture.password] {
          #expect(!(try log(installation).contains(secret)))
          let found = try await shell(
            "sh", "-c", "grep -rlF -- \"$0\" \"$1\" || test $? = 1", secret,
            installation.directory.appending("state"))
          #expect(found == "")
        }
      }
    }
  }

  /// Writes the file as `docker login` does; what stands in it for the password.
  private func sign(
    in password: String, to host: String, _ installation: Installation
  ) throws -> String {
    let auth = Data("\(RegistryFixture.username):\(password)".utf8).base64EncodedString()
    try installation.directory.write(
      #"{"auths":{"\#(host)":{"auth":"\#(auth)"}}}"#, to: "config.json")
    return auth
  }

  private func log(_ installation: Installation) throws -> String {
    try String(contentsOfFile: installation.logFile, encoding: .utf8)
  }
}
