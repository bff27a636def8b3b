import FoundationEssentials
import Glibc
import Metrics

/// What Prometheus's client libraries say of every process, from /proc.
enum ProcessMetrics {
  static func register(in registry: MetricRegistry, startedAt: Double) {
    registry.collect { exposition in
      exposition.single(
        "process_start_time_seconds", .gauge, "Start of the process, in seconds since 1970.",
        startedAt)
      var usage = rusage()
      if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
        exposition.single(
          "process_cpu_seconds_total", .counter, "User and system time.",
          seconds(usage.ru_utime) + seconds(usage.ru_stime))
      }
      if let pages = residentPages() {
        exposition.single(
          "process_resident_memory_bytes", .gauge, "Resident memory.",
          Double(pages * sysconf(CInt(_SC_PAGESIZE))))
      }
      if let count = openDescriptors() {
        exposition.single(
          "process_open_fds", .gauge, "Open file descriptors.", Double(count))
      }
      var limit = rlimit()
      if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
        exposition.single(
          "process_max_fds", .gauge, "The limit on them.", Double(limit.rlim_cur))
      }
    }
  }

  private static func seconds(_ time: timeval) -> Double {
    Double(time.tv_sec) + Double(time.tv_usec) / 1e6
  }

  /// The second number of /proc/self/statm (proc_pid_statm(5)).
  private static func residentPages() -> Int? {
    guard let text = FileManager.default.contents(atPath: "/proc/self/statm") else { return nil }
    let words = String(decoding: text, as: UTF8.self).split(separator: " ")
    return words.count > 1 ? Int(words[1]) : nil
  }

  private static func openDescriptors() -> Int? {
    guard let directory = opendir("/proc/self/fd") else { return nil }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
    }
    // The one that looks is open too.
    return count - 1
  }
}
