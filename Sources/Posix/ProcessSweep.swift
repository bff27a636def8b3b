import CPosix
import Glibc

/// Ends what a killed predecessor left behind: builders live in sessions of their own, so the end
/// of the server does not reach them (R1: nothing is left running for ever).
package enum ProcessSweep {
  /// A process that forks while we look is found by the next round.
  private static let roundLimit = 16

  /// SIGKILLs every process whose initial environment holds `name=value`, ourselves excepted, and
  /// says how many. Processes that we may not look into are left alone.
  package static func endGroups(
    markedBy name: String, value: String
  ) throws(PosixError) -> Int {
    let mark = Array("\(name)=\(value)".utf8)
    var ended: Set<pid_t> = []
    for _ in 0..<roundLimit {
      let found = try processes().filter { !ended.contains($0) && end($0, ifMarked: mark) }
      if found.isEmpty { break }
      ended.formUnion(found)
    }
    return ended.count
  }

  private static func processes() throws(PosixError) -> [pid_t] {
    guard let directory = opendir("/proc") else { throw .last("opendir") }
    defer { closedir(directory) }
    var found: [pid_t] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { $0.prefix { $0 != 0 }.map(\.self) }
      guard let pid = pid_t(String(decoding: name, as: UTF8.self)), pid != getpid() else {
        continue
      }
      found.append(pid)
    }
    return found
  }

  private static func end(_ pid: pid_t, ifMarked mark: [UInt8]) -> Bool {
    // Taken before the look, so that what is killed is what was looked at.
    let number = slipway_pidfd_open(pid)
    guard number >= 0 else { return false }
    let process = OwnedDescriptor(owning: number)
    let variables = environment(of: pid).split(separator: 0)
    guard variables.contains(where: { $0.elementsEqual(mark) }) else { return false }
    return slipway_pidfd_kill(process.number) == 0
  }

  /// Empty for a process that is gone, a zombie, a kernel thread, or somebody else's.
  private static func environment(of pid: pid_t) -> [UInt8] {
    let number = open("/proc/\(pid)/environ", O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return [] }
    let file = OwnedDescriptor(owning: number)
    var contents: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(file.number, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return contents }
      contents += buffer.prefix(count)
    }
  }
}
