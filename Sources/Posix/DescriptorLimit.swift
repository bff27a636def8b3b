import Glibc

/// How many descriptors this process may have open (RLIMIT_NOFILE).
package enum DescriptorLimit {
  /// Raises the soft limit to `count`, or as far as the hard one lets it. Shells, service managers and
  /// container engines leave it at 1024, for the sake of programs that use select(2), and mean that
  /// others raise it. Children inherit what is set here.
  ///
  /// - Returns: what holds now.
  @discardableResult
  package static func raise(to count: Int) throws(PosixError) -> Int {
    var limit = rlimit()
    let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    guard getrlimit(resource, &limit) == 0 else { throw .last("getrlimit") }
    let wanted = min(rlim_t(count), limit.rlim_max)
    if limit.rlim_cur < wanted {
      limit.rlim_cur = wanted
      guard setrlimit(resource, &limit) == 0 else { throw .last("setrlimit") }
    }
    return Int(clamping: limit.rlim_cur)
  }
}
