import FoundationEssentials
import Glibc

/// Processes that an earlier Slipway started and did not live to end.
package enum LeftoverProcesses {
  /// Set in the environment of every child; its value names the installation.
  package static let marker = "SLIPWAY_INSTANCE"

  /// Ends them and their process groups; returns how many there were, when none of them runs. To
  /// be called before the first child is started.
  package static func end(instance: String) async -> Int {
    let own = getpgrp()
    var ended: Set<pid_t> = []
    // A process may fork while the list is read: until a round finds nothing new.
    for _ in 0..<100 {
      let found = marked(with: instance)
      if found.isEmpty { break }
      for pid in found {
        ended.insert(pid)
        let group = getpgid(pid)
        if group > 1 && group != own { kill(-group, SIGKILL) }
        kill(pid, SIGKILL)
      }
      do {
        try await Task.sleep(for: .milliseconds(20))
      } catch {
        break
      }
    }
    return ended.count
  }

  static func marked(with instance: String) -> [pid_t] {
    let wanted = Array("\(marker)=\(instance)".utf8)
    let own = getpid()
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
    } catch {
      return []
    }
    return names.compactMap { pid_t($0) }.filter { pid in
      // Another user's, or gone since: not ours.
      guard pid != own, let environment = read("/proc/\(pid)/environ") else { return false }
      return environment.split(separator: 0).contains { $0.elementsEqual(wanted) }
    }
  }

  /// `/proc` files have no size to ask for.
  private static func read(_ path: String) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16 << 10)
    while bytes.count < 4 << 20 {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    return bytes
  }
}
