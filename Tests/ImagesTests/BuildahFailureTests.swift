import DeployModel
import Posix
import Testing

@testable import Images

/// Lines as buildah 1.28.2 and the registries behind it write them.
@Suite struct BuildahFailureTests {
  @Test(
    arguments: [
      (
        "Error: creating build container: initializing source docker://r.example/nope:1: reading manifest 1 in r.example/nope: manifest unknown: manifest unknown",
        FailureCode.buildFailed, Disposition.giveUp
      ),
      (
        "Error: creating build container: initializing source docker://alpine:3: reading manifest 3 in docker.io/library/alpine: toomanyrequests: You have reached your pull rate limit.",
        .registryUnavailable, .retry(after: nil)
      ),
      (
        "Error: creating build container: initializing source docker://r.example/a:1: pinging container registry r.example: Get \"https://r.example/v2/\": dial tcp: lookup r.example: no such host",
        .registryUnavailable, .retry(after: nil)
      ),
      (
        "Error: creating build container: initializing source docker://r.example/a:1: reading manifest 1 in r.example/a: unauthorized: authentication required",
        .registryRefused, .giveUp
      ),
      (
        "Error: committing container for step {…}: copying layers and metadata for container \"x\": writing blob: storing blob to file \"/x\": write /x: no space left on device",
        .builderUnavailable, .retry(after: nil)
      ),
      (
        "Error: building at STEP \"RUN npm ci\": exit status 1", .buildFailed, .giveUp
      ),
      (
        "unshare: unshare failed: Operation not permitted", .builderUnavailable, .giveUp
      ),
    ])
  func causes(line: String, code: FailureCode, disposition: Disposition) {
    let error = BuildahFailure.build(.exited(125), lastLines: ["STEP 1/2: FROM a\n", line + "\n"])
    #expect(error.code == code, "\(error.message)")
    #expect(error.disposition == disposition)
  }

  @Test func whatAStepWritesDoesNotDecide() {
    let error = BuildahFailure.build(
      .exited(1),
      lastLines: [
        "STEP 2/2: RUN npm ci\n", "npm ERR! connect ECONNREFUSED: connection refused\n",
        "npm ERR! unauthorized\n", "Error: building at STEP \"RUN npm ci\": exit status 1\n",
      ])
    #expect(error.code == .buildFailed)
    #expect(
      error.message == """
        building at STEP "RUN npm ci": exit status 1
        npm ERR! connect ECONNREFUSED: connection refused
        npm ERR! unauthorized
        """)
  }

  @Test func aPushThatFailsForAnUnknownReasonIsTriedAgain() throws {
    let repository = try #require(ImageRepository("r.example/a"))
    let error = BuildahFailure.push(
      .exited(125), lastLines: ["Error: pushing image: something new\n"], to: repository)
    #expect(error.code == .registryUnavailable)
    #expect(error.disposition == .retry(after: nil))
  }

  @Test func aSignalIsToldWhereBuildahSaysNothing() {
    let error = BuildahFailure.build(.signalled(9), lastLines: [])
    #expect(error.message == "buildah was ended by signal 9")
  }
}
