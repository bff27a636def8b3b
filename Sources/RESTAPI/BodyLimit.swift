import HTTPServer

/// R12: what a body may measure, as it comes and when it is unpacked; and what its sender is told.
struct BodyLimit: Sendable {
  var bytes: Int
  private var advice: String

  static func webhooks(_ bytes: Int) -> BodyLimit {
    BodyLimit(
      bytes: bytes,
      advice: "server.limits.body, which is \(ByteCount(bytes)). For larger pushes raise it in the "
        + "configuration, to 128 MiB at most, restart, and redeliver.")
  }

  static let calls = BodyLimit(
    bytes: 64 << 10, advice: "64 KiB, the most that a call of this API takes.")

  var refusal: String { "The body is larger than \(advice)" }
  var refusalOfUnpacked: String { "The body, unpacked, is larger than \(advice)" }
}
