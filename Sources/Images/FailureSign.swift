import DeployModel

/// What a builder's error line tells of trouble that is not the Dockerfile's: the machine's, or a
/// registry's that a base image comes from or the result goes to. Builders have one exit code for
/// everything, so their text decides; in this order, case ignored. Never asked of what a `RUN` step
/// wrote: `npm install` says "connection refused" too.
struct FailureSign {
  var text: String
  var code: FailureCode
  var disposition: Disposition

  static func machine(in line: String) -> FailureSign? { first(of: machine, in: line) }
  static func registry(in line: String) -> FailureSign? { first(of: registry, in: line) }

  private static func first(of signs: [FailureSign], in line: String) -> FailureSign? {
    let line = line.lowercased()
    return signs.first { line.contains($0.text) }
  }

  private static let machine = [
    again("no space left on device", .builderUnavailable),
    again("disk quota exceeded", .builderUnavailable),
    final("unshare failed", .builderUnavailable),
    final("failed to execute buildah", .builderUnavailable),
    final("overlay' is not supported", .builderUnavailable),
    final("/etc/containers/policy.json", .builderUnavailable),
  ]

  private static let registry = [
    again("toomanyrequests", .registryUnavailable),
    again("too many requests", .registryUnavailable),
    final("unauthorized", .registryRefused),
    final("authentication required", .registryRefused),
    final("authorization failed", .registryRefused),
    final("no basic auth credentials", .registryRefused),
    final("invalid username/password", .registryRefused),
    final("access to the resource is denied", .registryRefused),
    final("pull access denied", .registryRefused),
    final("push access denied", .registryRefused),
    final("insufficient_scope", .registryRefused),
    final("403 (forbidden)", .registryRefused),
    final("403 forbidden", .registryRefused),
    final("server gave http response to https client", .registryRefused),
    again("connection refused", .registryUnavailable),
    again("connection reset", .registryUnavailable),
    again("no such host", .registryUnavailable),
    again("i/o timeout", .registryUnavailable),
    again("tls handshake timeout", .registryUnavailable),
    again("temporary failure", .registryUnavailable),
    again("server misbehaving", .registryUnavailable),
    again("unexpected eof", .registryUnavailable),
    again("internal server error", .registryUnavailable),
    again("bad gateway", .registryUnavailable),
    again("service unavailable", .registryUnavailable),
    again("gateway timeout", .registryUnavailable),
  ]

  private static func again(_ text: String, _ code: FailureCode) -> FailureSign {
    FailureSign(text: text, code: code, disposition: .retry(after: nil))
  }

  private static func final(_ text: String, _ code: FailureCode) -> FailureSign {
    FailureSign(text: text, code: code, disposition: .giveUp)
  }
}
