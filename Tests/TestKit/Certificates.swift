import Foundation

/// Certificates from the `openssl` program, in a directory of their own. Each signs itself unless
/// it is told otherwise.
package struct Certificates: Sendable {
  package enum Key: String, Sendable {
    case ecdsa, rsa
    /// Too weak for today.
    case shortRSA

    fileprivate var arguments: [String] {
      switch self {
      case .ecdsa: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
      case .rsa: ["-newkey", "rsa:2048"]
      case .shortRSA: ["-newkey", "rsa:1024"]
      }
    }
  }

  package let directory: TemporaryDirectory

  package init() throws { directory = try TemporaryDirectory("certificates") }

  package func certificate(_ name: String) -> String { directory.appending("\(name).crt") }
  package func privateKey(_ name: String) -> String { directory.appending("\(name).key") }

  package func text(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  /// Makes `<name>.crt` and `<name>.key`, valid for `days` from now on.
  ///
  /// - Parameter names: DNS names; none leaves the extension out.
  package func make(
    _ name: String, names: [String], key: Key = .ecdsa, days: Int = 2,
    signedBy authority: String? = nil, isAuthority: Bool = false
  ) async throws {
    var arguments = ["req", "-x509", "-nodes", "-days", "\(days)", "-subj", "/CN=\(name)"]
    arguments += key.arguments
    arguments += ["-keyout", privateKey(name), "-out", certificate(name)]
    if !names.isEmpty {
      let list = names.map { "DNS:\($0)" }.joined(separator: ",")
      arguments += ["-addext", "subjectAltName=\(list)"]
    }
    if let authority {
      arguments += ["-CA", certificate(authority), "-CAkey", privateKey(authority)]
      if !isAuthority { arguments += ["-addext", "basicConstraints=critical,CA:FALSE"] }
    }
    try await shell("openssl", arguments)
  }

  /// Writes `<name>.key` again, under a passphrase.
  package func encrypt(_ name: String) async throws {
    let plain = privateKey(name) + ".plain"
    try FileManager.default.moveItem(atPath: privateKey(name), toPath: plain)
    try await shell(
      "openssl", "pkey", "-in", plain, "-aes256", "-passout", "pass:secret", "-out",
      privateKey(name))
  }
}
