import FoundationEssentials

/// The credentials in a `config.json` of Docker, an `auth.json` of podman, or a Kubernetes Secret of
/// the type `kubernetes.io/dockerconfigjson`: one format. Everything else in such a file is passed
/// over.
package struct DockerCredentials: Hashable, Sendable {
  /// Why a file is not one, in words that continue its name.
  package struct Fault: Error, Hashable, Sendable {
    package var sentence: String
  }

  struct Helper: Hashable, Sendable {
    /// `ecr-login` for the program `docker-credential-ecr-login`.
    var name: String
    /// What it is asked for.
    var server: String

    var program: String { Self.program(name) }
    static func program(_ name: String) -> String { "docker-credential-\(name)" }
  }

  var entries: [RegistryScope: RegistryCredentials] = [:]
  /// By host.
  private(set) var helpers: [String: Helper] = [:]
  /// Asked for what neither of the others has.
  private(set) var store: String?
  /// Hosts that stand in `auths`: those without a value of their own are in the store.
  private(set) var hosts: Set<String> = []
  /// What was passed over and was meant to be used, in words that continue the file's name.
  package private(set) var remarks: [String] = []

  package init(parsing bytes: [UInt8]) throws(Fault) {
    let file: File
    do {
      file = try JSONDecoder().decode(File.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw Fault(sentence: Self.sentence(error))
    } catch {
      throw Fault(sentence: "is not JSON")
    }
    guard file.auths != nil || file.credHelpers != nil || file.credsStore != nil else {
      throw Fault(
        sentence: "has none of auths, credHelpers and credsStore: it is no config.json of Docker")
    }
    // In order, and what is written exactly so last: it is the one that counts.
    for (key, entry) in (file.auths ?? [:]).sorted(by: { Self.counts($0.key, after: $1.key) }) {
      try read(entry, key)
    }
    for (key, name) in file.credHelpers ?? [:] {
      guard let scope = RegistryScope(dockerKey: key) else { continue }
      helpers[scope.host] = Helper(name: try Self.helperName(name), server: key)
    }
    if let name = file.credsStore, !name.isEmpty { store = try Self.helperName(name) }
  }

  /// What the file has run, by the names of the programs.
  package var programs: Set<String> {
    Set((helpers.values.map(\.name) + [store].compactMap { $0 }).map(Helper.program))
  }

  /// Of the host alone: the repository's narrower entries do not count.
  func helper(for host: String) -> Helper? {
    if let helper = helpers[host] { return helper }
    return store.map { Helper(name: $0, server: RegistryScope(host: host).serverAddress) }
  }

  // MARK: Reading

  private struct File: Decodable {
    var auths: [String: Entry]?
    var credHelpers: [String: String]?
    var credsStore: String?
  }

  private struct Entry: Decodable {
    var auth: String?
    var username: String?
    var password: String?
    var identitytoken: String?
    var registrytoken: String?
  }

  private mutating func read(_ entry: Entry, _ key: String) throws(Fault) {
    guard let scope = RegistryScope(dockerKey: key) else {
      throw Fault(sentence: "has the key `\(key.prefix(80))` in auths, which names no registry")
    }
    guard !key.contains("*"), !key.contains("?") else {
      remarks.append("has the pattern `\(key.prefix(80))` in auths: write each registry's name")
      return
    }
    hosts.insert(scope.host)
    if let token = entry.identitytoken, !token.isEmpty {
      entries[scope] = RegistryCredentials(identityToken: token)
    } else if let auth = entry.auth, !auth.isEmpty {
      guard let credentials = Self.decode(auth) else {
        throw Fault(sentence: "has an `auth` for `\(key)` that is not base64 of `user:password`")
      }
      entries[scope] = credentials
    } else if let username = entry.username, !username.isEmpty, let password = entry.password {
      entries[scope] = RegistryCredentials(username: username, password: password)
    } else if let token = entry.registrytoken, !token.isEmpty {
      remarks.append("has only a `registrytoken` for `\(key)`, which builders cannot use")
    }
  }

  private static func counts(_ key: String, after other: String) -> Bool {
    let (exact, otherExact) = (isExact(key), isExact(other))
    return exact == otherExact ? key > other : !exact
  }

  private static func isExact(_ key: String) -> Bool {
    RegistryScope(dockerKey: key)?.description == key
  }

  private static func decode(_ auth: String) -> RegistryCredentials? {
    // Kubernetes takes it without the `=` at its end, and so do Secrets that were written for it.
    let padding = String(repeating: "=", count: (4 - auth.utf8.count % 4) % 4)
    guard let bytes = Data(base64Encoded: auth + padding),
      let text = String(validating: bytes, as: UTF8.self),
      let colon = text.firstIndex(of: ":"), colon > text.startIndex
    else { return nil }
    let password = text[text.index(after: colon)...]
    return RegistryCredentials(
      username: String(text[..<colon]),
      // Docker fills a password with NUL, and reads it so.
      password: String(password.unicodeScalars.filter { $0 != "\0" }.map(Character.init)))
  }

  /// A name that stays in the directories of the `PATH`.
  private static func helperName(_ name: String) throws(Fault) -> String {
    let isPlain = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "-._".utf8.contains(byte)
      }
    }
    guard isPlain, !name.isEmpty else {
      throw Fault(
        sentence: "names a credential helper `\(name.prefix(80))`, which is no program's name")
    }
    return name
  }

  /// Says where, and never what stands there.
  private static func sentence(_ error: DecodingError) -> String {
    func place(_ context: DecodingError.Context) -> String {
      context.codingPath.map(\.stringValue).joined(separator: ".")
    }
    switch error {
    case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
      let what = type == String.self ? "text" : "an object"
      let where_ = place(context)
      return where_.isEmpty
        ? "is no JSON object: it is no config.json of Docker" : "must have \(what) at `\(where_)`"
    default: return "is not JSON"
    }
  }
}
