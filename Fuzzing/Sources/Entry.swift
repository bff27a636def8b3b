import Glibc
import WireKit

/// What libFuzzer calls. One program for all targets: `FUZZ_TARGET` says which.
enum Target: String, CaseIterable {
  case head, chunks, connection, path, json, answer

  static let chosen: Target = {
    let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = Target(rawValue: name) else {
      let names = allCases.map(\.rawValue).joined(separator: ", ")
      preconditionFailure("FUZZ_TARGET must be one of: \(names)")
    }
    return target
  }()

  func run(_ input: [UInt8]) {
    switch self {
    case .head: HeadTarget.run(input)
    case .chunks: ChunkTarget.run(input)
    case .connection: ConnectionTarget.run(input)
    case .path: PathTarget.run(input)
    case .json: JSONTarget.run(input)
    case .answer: AnswerTarget.run(input)
    }
  }
}

/// With `FUZZ_SEEDS`, a directory, the program writes the target's part of the corpus there, and
/// ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutableRawPointer?, _ arguments: UnsafeMutableRawPointer?
) -> CInt {
  if let directory = getenv("FUZZ_SEEDS") {
    Seeds.write(Target.chosen, to: String(cString: directory))
    exit(0)
  }
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  Target.chosen.run(Array(UnsafeBufferPointer(start: data, count: count)))
  return 0
}

/// Ends the run: libFuzzer keeps the input.
func require(_ condition: Bool, _ complaint: @autoclosure () -> String) {
  guard !condition else { return }
  fail(complaint())
}

func fail(_ complaint: String) -> Never {
  let line = "\nfuzz: \(complaint)\n"
  _ = write(STDERR_FILENO, line, line.utf8.count)
  abort()
}

func shown(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: Array(bytes), as: UTF8.self).debugDescription
}

/// For every target: what is read stands directly before a page that cannot be.
// libFuzzer calls on one thread.
nonisolated(unsafe) let guarded: GuardedMemory = {
  guard let memory = GuardedMemory(capacity: 1 << 20, side: .end) else { fail("no memory") }
  return memory
}()
