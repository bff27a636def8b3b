import DeployModel
import Foundation
import Posix
import TestKit
import Testing

@testable import Images

/// `--progress=rawjson` of buildctl v0.32.2, recorded, and what people read of it.
struct BuildKitProgressTests {
  @Test("steps with their output, caches and what was pushed, in order")
  func success() throws {
    let (log, progress) = try Self.log(of: "success.events")
    #expect(
      log == """
        #1 [internal] load build definition from Dockerfile
        #1 DONE 0.0s
        #2 [internal] load .dockerignore
        #2 DONE 0.0s
        #3 importing cache manifest from 127.0.0.1:5077/cache:a
        #4 [internal] load build context
        #4 DONE 0.0s
        #3 ERROR: failed to configure registry cache importer: 127.0.0.1:5077/cache:a: not found
        #5 [base 1/1] COPY busybox /bin/busybox
        #5 DONE 0.0s
        #6 [stage-1 1/1] RUN ["/bin/busybox","sh","-c","echo hi a,"b" c; echo err >&2"]
        #6 0.371 err
        #6 0.372 hi a,"b" c
        #6 DONE 0.4s
        #7 exporting to image
        #7 exporting layers 0.0s done
        #7 pushing layers 0.0s done
        #7 pushing manifest for 127.0.0.1:5077/a/b 0.0s done
        #7 DONE 0.1s
        #8 exporting cache to registry
        #8 writing cache image manifest \
        sha256:912eb5a66b10dcffc833f6cb67899b0e301355dd4f3ee7b493ca52ef4f4c311e 0.0s done
        #8 sending cache export 0.1s done
        #8 DONE 0.1s

        """)
    #expect(progress.failure == nil)
  }

  @Test("the step that failed is the one of the last word, not the cache that was not there")
  func failure() throws {
    let (log, progress) = try Self.log(of: "failure.events")
    let failure = try #require(progress.failure)
    #expect(failure.step.hasPrefix("[2/2] RUN "))
    #expect(failure.error.hasSuffix("did not complete successfully: exit code: 7"))
    // A progress bar's lines are drawn over each other.
    #expect(failure.lastLines == ["first", "100%", "cheese"])
    #expect(log.contains("ERROR: failed to configure registry cache importer"))
    #expect(log.contains(">>> RUN ["))

    let error = BuildKitFailure.of(progress, .exited(1))
    #expect(error.code == .buildFailed)
    #expect(error.disposition == .giveUp)
    #expect(error.message.hasPrefix("building at [2/2] RUN "))
    #expect(error.message.hasSuffix("exit code: 7\nfirst\n100%\ncheese"))
  }

  @Test("it is the same log wherever the stream is cut")
  func cuts() throws {
    let bytes = try Self.events("failure.events")
    var whole = BuildKitProgress()
    let expected = whole.receive(bytes) + whole.finish()
    for size in [1, 7, 64, 1000] {
      var progress = BuildKitProgress()
      var log: [UInt8] = []
      for start in stride(from: 0, to: bytes.count, by: size) {
        log += progress.receive(Array(bytes[start..<min(start + size, bytes.count)]))
      }
      log += progress.finish()
      #expect(log == expected)
    }
  }

  @Test("R12: neither an endless line nor endless output without a line end grows")
  func bounds() {
    var progress = BuildKitProgress()
    var written = 0
    for _ in 0..<100 {
      written += progress.receive(Array(repeating: UInt8(ascii: "x"), count: 100_000)).count
    }
    #expect(written == "(a part that is too long for this log is left out)\n".utf8.count)
    #expect(progress.receive(Array("\nerror: the end\n".utf8)) == Array("error: the end\n".utf8))

    let chunk = Data(repeating: UInt8(ascii: "y"), count: 30_000).base64EncodedString()
    let line =
      #"{"vertexes":[{"digest":"a","name":"n","started":"2026-01-01T00:00:00Z"}],"logs":[{"vertex":"a","data":"\#(chunk)"}]}"#
    let log = progress.receive(Array("\(line)\n".utf8))
    #expect(log.split(separator: UInt8(ascii: "\n")).allSatisfy { $0.count < 17_000 })
  }

  @Test("cached, cancelled and warned; a line of JSON that is no event goes through")
  func kinds() {
    var progress = BuildKitProgress()
    let text = """
      {"vertexes":[{"digest":"a","name":"[1/2] COPY . /","started":"2026-01-01T23:59:59.5Z","completed":"2026-01-01T23:59:59.5Z","cached":true}]}
      {"vertexes":[{"digest":"b","name":"[2/2] RUN x","started":"2026-01-01T23:59:59.9Z"}]}
      {"warnings":[{"vertex":"b","level":1,"short":"Y2FzZQ=="}]}
      {"logs":[{"vertex":"b","data":"aGFsZg==","timestamp":"2026-01-02T00:00:01.100Z"}]}
      {"vertexes":[{"digest":"b","name":"[2/2] RUN x","started":"2026-01-01T23:59:59.9Z","completed":"2026-01-02T00:00:02.1Z","error":"context canceled"}]}
      {"npm": [1

      """
    let log = progress.receive(Array(text.utf8)) + progress.finish()
    #expect(
      String(decoding: log, as: UTF8.self) == """
        #1 [1/2] COPY . /
        #1 CACHED
        #2 [2/2] RUN x
        #2 WARNING: case
        #2 2.200 half
        #2 CANCELED
        {"npm": [1

        """)
    #expect(progress.failures.isEmpty)
  }

  @Test(
    "trouble that is not the Dockerfile's is told from what a step wrote",
    arguments: [
      ("exporting to image", "failed to push r/a: 401 Unauthorized", "registryRefused"),
      ("exporting to image", "failed to push r/a: connection refused", "registryUnavailable"),
      (
        "[internal] load metadata for r/a:1", "r/a:1: 503 Service Unavailable",
        "registryUnavailable"
      ),
      ("[internal] load metadata for r/a:1", "r/a:1: not found", "buildFailed"),
      ("[2/3] COPY a /", "write /a: no space left on device", "builderUnavailable"),
      ("[3/3] RUN npm ci", "process \"npm ci\": no space left on device", "buildFailed"),
      ("[linux/arm64 3/3] RUN curl x", "connection refused", "buildFailed"),
    ])
  func causes(_ step: String, _ error: String, _ code: String) {
    var progress = BuildKitProgress()
    let quoted = error.replacing("\"", with: "\\\"")
    _ = progress.receive(
      Array(
        """
        {"vertexes":[{"digest":"a","name":"\(step)","started":"2026-01-01T00:00:00Z","error":"\(quoted)"}]}
        error: failed to solve: \(error)

        """.utf8))
    #expect("\(BuildKitFailure.of(progress, .exited(1)).code)" == code)
  }

  private static func events(_ name: String) throws -> [UInt8] {
    Array(
      try Data(
        contentsOf: Fixtures.packageRoot.appending(
          path: "Tests/ImagesTests/Fixtures/buildkit/\(name)")))
  }

  private static func log(of name: String) throws -> (String, BuildKitProgress) {
    var progress = BuildKitProgress()
    let log = progress.receive(try events(name)) + progress.finish()
    return (String(decoding: log, as: UTF8.self), progress)
  }
}
