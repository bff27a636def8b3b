import FoundationEssentials
import Glibc
import OpenSSLKit

/// A directory for one call of a builder, readable by nobody else: credentials, secrets, the
/// Dockerfile, the builder's own temporary files. Gone when `remove` returns.
struct BuildWorkspace: Sendable {
  let directory: String

  var authFile: String { "\(directory)/auth.json" }
  var registriesFile: String { "\(directory)/registries.conf" }
  var temporary: String { "\(directory)/tmp" }

  /// What `DOCKER_CONFIG` names.
  var dockerDirectory: String { "\(directory)/docker" }
  /// The Dockerfile and its own ignore file, and nothing else.
  var dockerfileDirectory: String { "\(directory)/dockerfile" }
  /// Of this directory and of no other: letters and digits.
  var nonce: String { directory.split(separator: "-").last.map { "\($0)" } ?? "" }

  func file(_ name: String) -> String { "\(directory)/\(name)" }

  static func make(in root: String) throws -> BuildWorkspace {
    try FileManager.default.createDirectory(
      atPath: root, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var template = Array("\(root)/call-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw WorkspaceError(errno: errno) }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let workspace = BuildWorkspace(directory: path)
    try workspace.makeDirectory("tmp")
    return workspace
  }

  func makeDirectory(_ name: String) throws {
    try FileManager.default.createDirectory(
      atPath: file(name), withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
  }

  /// For buildah.
  func writeContainersConfiguration(
    _ known: KnownCredentials, _ accounts: RegistryAccounts
  ) throws {
    try write(authentication(known.byScope) { "\($0)" }, to: "auth.json")
    try write(Array(registries(accounts).utf8), to: "registries.conf")
  }

  /// For docker and buildctl.
  func writeDockerConfiguration(_ known: KnownCredentials) throws {
    try makeDirectory("docker")
    try write(authentication(known.byHost, named: \.serverAddress), to: "docker/config.json")
  }

  func writeDockerfile(_ sources: BuildSources, named name: String) throws {
    try makeDirectory("dockerfile")
    try write(sources.dockerfile, to: "dockerfile/\(name)")
    if let ignored = sources.ignored { try write(ignored, to: "dockerfile/\(name).dockerignore") }
  }

  /// Creates a file that only its owner may read, at the moment it is created.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let path = file(name)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw WorkspaceError(errno: errno) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw WorkspaceError(errno: errno) }
      rest = rest.dropFirst(count)
    }
    return path
  }

  func remove() throws { try FileManager.default.removeItem(atPath: directory) }

  // MARK: Contents

  private struct AuthFile: Encodable {
    struct Entry: Encodable {
      var auth: String
      var identitytoken: String?
    }
    var auths: [String: Entry]
  }

  /// Written even if empty: otherwise builders would look for the user's own.
  private func authentication(
    _ known: [RegistryScope: RegistryCredentials], named name: (RegistryScope) -> String
  ) throws -> [UInt8] {
    var entries: [String: AuthFile.Entry] = [:]
    for (scope, credentials) in known {
      var entry = AuthFile.Entry(auth: credentials.auth)
      if case .identityToken(let token) = credentials.secret { entry.identitytoken = token }
      entries[name(scope)] = entry
    }
    return Array(try JSONEncoder().encode(AuthFile(auths: entries)))
  }

  /// The system's file with what is ours added. Plain HTTP is allowed for the registries that are
  /// configured so and for no other, which `--tls-verify=false` could not say: it would also hold
  /// for the registry of a base image.
  private func registries(_ accounts: RegistryAccounts) -> String {
    let system =
      FileManager.default.contents(atPath: "/etc/containers/registries.conf")
      .map { String(decoding: $0, as: UTF8.self) } ?? ""
    var text = ""
    // Dockerfiles are written for Docker, where `FROM acme/base` means Docker Hub.
    let lines = system.utf8.split(separator: UInt8(ascii: "\n"))
    if !lines.contains(where: { $0.starts(with: "unqualified-search-registries".utf8) }) {
      text = "unqualified-search-registries = [\"docker.io\"]\n"
    }
    text += system + "\n"
    for (host, account) in accounts.accounts.sorted(by: { $0.key < $1.key })
    where account.insecure && ImageHost.isPlain(host) {
      text += "[[registry]]\nlocation = \"\(host)\"\ninsecure = true\n"
    }
    return text
  }
}

/// What may stand in a registries file: a host and a port, nothing that ends a string.
private enum ImageHost {
  static func isPlain(_ host: String) -> Bool {
    host.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: ".-:[]".utf8.contains(byte)
      }
    }
  }
}

struct WorkspaceError: Error, CustomStringConvertible {
  let description: String

  init(errno code: Int32) { description = String(cString: strerror(code)) }
}
