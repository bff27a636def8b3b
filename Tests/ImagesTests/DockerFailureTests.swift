import DeployModel
import Posix
import Testing

@testable import Images

/// What the end of docker's log means, in the words of 20.10 and of buildx.
struct DockerFailureTests {
  @Test("the step is named, with what it wrote last")
  func step() {
    let lines = [
      "#4 [1/2] COPY busybox /bin/busybox", "#4 0.100 not its output",
      "#5 [2/2] RUN npm ci", "#5 0.377 first", "#5 0.400 npm ERR! connection refused",
      "#5 ERROR: process \"/bin/sh -c npm ci\" did not complete successfully: exit code: 7",
      "------", " > [2/2] RUN npm ci:", "0.377 first", "0.400 npm ERR! connection refused",
      "------",
      "Dockerfile:3", "--------------------", "   3 | >>> RUN npm ci", "--------------------",
      "ERROR: failed to solve: process \"/bin/sh -c npm ci\" did not complete successfully: exit "
        + "code: 7",
    ].map { "\($0)\n" }
    let error = DockerFailure.build(.exited(1), lastLines: lines)
    #expect(error.code == .buildFailed)
    #expect(error.disposition == .giveUp)
    #expect(
      error.message == """
        building at [2/2] RUN npm ci: process "/bin/sh -c npm ci" did not complete successfully: \
        exit code: 7
        first
        npm ERR! connection refused
        """)
  }

  @Test(
    "trouble with a registry is told from the Dockerfile's",
    arguments: [
      (
        "ERROR: failed to solve: r/a:1: failed to do request: connection refused",
        "registryUnavailable"
      ),
      ("failed to solve with frontend dockerfile.v0: r/a:1: not found", "buildFailed"),
      ("ERROR: failed to solve: pull access denied, insufficient_scope", "registryRefused"),
      (
        "ERROR: failed to build: docker exporter does not currently support exporting manifest lists",
        "buildFailed"
      ),
      ("failed to copy files: write /x: no space left on device", "builderUnavailable"),
    ])
  func causes(_ line: String, _ code: String) {
    #expect("\(DockerFailure.build(.exited(1), lastLines: ["\(line)\n"]).code)" == code)
  }

  @Test("a push that fails is tried again, unless it is refused")
  func push() throws {
    let repository = try ImageRepository.sample
    let refused = DockerFailure.push(
      .exited(1), lastLines: ["no basic auth credentials\n"], to: repository)
    #expect(refused.code == .registryRefused)
    #expect(refused.disposition == .giveUp)
    let other = DockerFailure.push(.exited(1), lastLines: ["something odd\n"], to: repository)
    #expect(other.code == .registryUnavailable)
    #expect(other.disposition == .retry(after: nil))
    #expect(other.message == "pushing to \(repository) failed: something odd")
  }

  @Test("the digest is the one of the tag that was pushed")
  func digest() throws {
    let digest = "sha256:\(String(repeating: "a", count: 64))"
    let lines = ["The push refers to repository [r/a]\n", "b: digest: \(digest) size: 528\n"]
    #expect(DockerPushOutput.digest(in: lines, of: try tag("b"))?.text == digest)
    #expect(DockerPushOutput.digest(in: lines, of: try tag("c")) == nil)
  }

  @Test("which client builds by itself")
  func client() {
    #expect(DockerClient.major("Docker version 20.10.24+dfsg1, build 297e128") == 20)
    #expect(DockerClient.major("Docker version 28.2.2, build e6534b4") == 28)
    #expect(DockerClient.major("podman version 4.3.1") == nil)
  }
}
