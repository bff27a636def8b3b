import DeployModel
import Foundation
import Glibc
import Posix
import Store
import Synchronization
import TestKit
import Testing

@Suite struct CrashTests {
  private static let variable = "SLIPWAY_CRASHING_STORE"
  private static let directory = ProcessInfo.processInfo.environment[variable]

  /// The child of the test below, in a process of its own: it stores deliveries from many tasks
  /// and says which of them were acknowledged, until it is killed.
  @Test(.enabled(if: directory != nil, "runs only as the child of another test"))
  func writeUntilKilled() async throws {
    let store = try SQLiteStore(directory: try #require(Self.directory))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<16 {
        group.addTask {
          for number in 0..<1_000_000 {
            let delivery = try Delivery.ignored(writer * 1_000_000 + number)
            _ = try await store.record(delivery)
            let line = Array("stored \(delivery.guid)\n".utf8)
            _ = line.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("R1: kill -9 at any instant loses nothing that was acknowledged", arguments: [50, 700])
  func killed(after acknowledgements: Int) async throws {
    let directory = try TemporaryDirectory("store")
    let printed = Mutex<[UInt8]>([])
    let child = ChildProcess(
      // The pid is the shell's, which becomes the tests' own program.
      "sh",
      [
        "-c", "echo pid $$; exec \"$0\" \"$@\"", try ownProgram(),
        "--testing-library", "swift-testing", "--filter", "CrashTests/writeUntilKilled",
      ],
      environment: ProcessInfo.processInfo.environment.merging(
        [Self.variable: directory.path], uniquingKeysWith: { $1 }),
      deadline: .seconds(120))
    let status = try await child.run { bytes in
      let text = printed.withLock { printed in
        printed += bytes
        return String(decoding: printed, as: UTF8.self)
      }
      guard Self.acknowledged(in: text).count >= acknowledgements else { return }
      for line in text.split(separator: "\n") where line.hasPrefix("pid ") {
        if let pid = pid_t(line.dropFirst(4)) { kill(pid, SIGKILL) }
      }
    }
    #expect(status == .signalled(SIGKILL))

    let text = printed.withLock { String(decoding: $0, as: UTF8.self) }
    let acknowledged = Self.acknowledged(in: text)
    #expect(acknowledged.count >= acknowledgements)
    let store = try SQLiteStore(directory: directory.path)
    for guid in acknowledged {
      #expect(try await store.delivery(guid) != nil, "\(guid) was lost")
    }
    try await store.checkWritable()
  }

  /// Whole lines only: the last may have been cut.
  private static func acknowledged(in text: String) -> [DeliveryGUID] {
    guard let end = text.lastIndex(of: "\n") else { return [] }
    return text[..<end].split(separator: "\n").compactMap { line in
      line.hasPrefix("stored ") ? DeliveryGUID(String(line.dropFirst("stored ".count))) : nil
    }
  }

  private func ownProgram() throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }
}
