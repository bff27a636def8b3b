/// Which of several certificates answers to the name that a client asks for (RFC 6066 section 3).
package struct ServerNames: Sendable {
  private var exact: [String: Int] = [:]
  /// By what follows the `*.`.
  private var wildcards: [String: Int] = [:]

  /// The names of each certificate, in lower case; of two with the same name the first has it.
  package init(_ certificates: [[String]]) {
    for (index, names) in certificates.enumerated() {
      for name in names {
        if name.hasPrefix("*.") {
          wildcards[String(name.dropFirst(2))] = wildcards[String(name.dropFirst(2))] ?? index
        } else {
          exact[name] = exact[name] ?? index
        }
      }
    }
  }

  /// The name itself, else a wildcard that stands for its whole first label and no more (RFC 6125
  /// section 6.4.3). Nil: no certificate has it.
  package func index(for name: String) -> Int? {
    var name = name.lowercased()
    // Written with the root's dot by some clients, against RFC 6066.
    if name.hasSuffix(".") { name.removeLast() }
    if let index = exact[name] { return index }
    guard let dot = name.firstIndex(of: "."), dot > name.startIndex else { return nil }
    return wildcards[String(name[name.index(after: dot)...])]
  }
}
