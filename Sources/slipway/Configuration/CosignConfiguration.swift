import FoundationEssentials
import Images
import Yams

/// `cosign:` Images are signed before they are deployed.
struct CosignConfiguration: Hashable, Sendable {
  enum Key: Hashable, Sendable {
    case pair(Secret, password: Secret?)
    case reference(String)
    /// Without a key: by a certificate for whoever an identity token names.
    case certificate
  }

  /// A name on the `PATH`, or an absolute path.
  var program = "cosign"
  var key = Key.certificate
  var arguments: [String] = []
  var verification: CosignSettings.Verification?
}

extension CosignConfiguration {
  init(_ section: Section) {
    let program = section.located("program", .program)
    self.program = program?.value ?? self.program
    key = Self.key(section)
    arguments = Self.arguments(section)
    section.within("verify") { verify in
      let key = verify.value("key", .publicKey)
      let arguments = Self.arguments(verify)
      if !verify.has("key"), !arguments.contains(where: Self.namesWhoSigned) {
        verify.missing(
          "key",
          "name the public key, or who signs with --certificate-identity=… and "
            + "--certificate-oidc-issuer=… in `\(verify.path).arguments`")
      }
      verification = CosignSettings.Verification(key: key, arguments: arguments)
    }
    let path = section.reader.environment["PATH"] ?? ""
    if Section.isProgram(self.program, on: path) { return }
    section.reader.warning(
      at: program?.position ?? section.position,
      "`\(section.path)` needs the program \(self.program.shown), which is not there: install it "
        + "where Slipway runs, or name it with `\(section.path).program`")
  }

  private static func key(_ section: Section) -> Key {
    let password = section.secret("password")
    guard let entry = section.entry("key") else {
      strayPassword(section)
      return .certificate
    }
    if case .scalar = entry.node {
      strayPassword(section)
      return section.value(of: entry, .keyReference).map { .reference($0.value) } ?? .certificate
    }
    guard let key = section.secret(of: entry) else { return .certificate }
    let first = key.value.exposed.split(whereSeparator: \.isNewline).first ?? ""
    guard kinds.contains(where: { first == "-----BEGIN ENCRYPTED \($0) PRIVATE KEY-----" }) else {
      section.reader.error(
        at: key.position,
        "`\(entry.path)` is no private key of cosign's: make one with `cosign generate-key-pair`, "
          + "or take yours in with `cosign import-key-pair --key FILE`")
      return .certificate
    }
    return .pair(key.value, password: password?.value)
  }

  private static let kinds = ["SIGSTORE", "COSIGN"]

  private static func strayPassword(_ section: Section) {
    guard let entry = section.entry("password") else { return }
    section.reader.error(
      at: entry.keyPosition,
      "`\(entry.path)` is of a key in a file: name the key with {file: path}, or remove the password"
    )
  }

  /// What Slipway says itself, and what would be a secret that every process can see.
  private static let ours = [
    "key": "write it as `key`", "yes": "it is always given",
    "upload": "a signature that is not in the registry signs nothing",
    "allow-http-registry": "set `insecure` of the registry in `registries`",
    "registry-username": "name it in `registries`", "registry-password": "name it in `registries`",
    "registry-token": "name it in `registries`",
    "output-file": "the build log has what cosign says",
  ]

  private static func arguments(_ section: Section) -> [String] {
    (section.list("arguments", .option) ?? []).compactMap { argument in
      let parts = argument.value.dropFirst(2).split(separator: "=", maxSplits: 1)
      let name = parts.first.map(String.init) ?? ""
      if let why = ours[name] {
        section.reader.error(
          at: argument.position, "`\(section.path).arguments` has `--\(name)`: remove it, \(why)")
        return nil
      }
      if name == "identity-token", parts.count < 2 || !parts[1].hasPrefix("/") {
        section.reader.error(
          at: argument.position,
          "`\(section.path).arguments` has a token, which every process here could read: name a file "
            + "with `--identity-token=/path`")
        return nil
      }
      return argument.value
    }
  }

  private static func namesWhoSigned(_ argument: String) -> Bool {
    argument.hasPrefix("--certificate-identity") || argument == "--sk"
  }
}

extension Section {
  static func isProgram(_ program: String, on path: String) -> Bool {
    if program.hasPrefix("/") { return FileManager.default.isExecutableFile(atPath: program) }
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }
}

extension Form where Value == String {
  /// A name is looked up in the `PATH`; a path begins at the file's directory.
  static var program: Form {
    Form(what: "a program's name or path") { scalar, reader throws(FormFault) in
      let text = try requireText(scalar, "a program's name or path")
      guard text.contains("/") else {
        guard !text.isEmpty, !text.hasPrefix("-"), text.utf8.allSatisfy({ $0 > 0x20 }) else {
          throw FormFault("must be a program's name or path, not `\(text.shown)`")
        }
        return text
      }
      return try Form<String>.path.read(scalar, reader)
    }
  }

  /// `--name` or `--name=value`: one argument each, so that none can be taken for another's value.
  /// cosign reads `-abc` as `--abc`.
  fileprivate static var option: Form {
    .text(
      "one argument such as --tlog-upload=false, with its value after an equals sign",
      isShown: false
    ) { text -> String? in
      let name = text.dropFirst(2).prefix { $0 != "=" }
      let isName =
        !name.isEmpty
        && name.utf8.allSatisfy {
          (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || isDigit($0) || $0 == 0x2D
        }
      guard text.hasPrefix("--"), isName, !text.unicodeScalars.contains(where: { $0.value < 0x20 })
      else { return nil }
      return text
    }
  }

  /// Where a service keeps a key; nothing that holds a secret itself, for it becomes an argument.
  fileprivate static var keyReference: Form {
    .text(
      "{file: path}, {env: NAME} or where a service keeps it, such as awskms:///alias/slipway",
      isShown: false
    ) { text -> String? in isKeyReference(text) ? text : nil }
  }

  fileprivate static var publicKey: Form {
    Form(what: "a public key's file, or where a service keeps the key") {
      scalar, reader throws(FormFault) in
      let text = try requireText(scalar, "a public key's file")
      if isKeyReference(text) { return text }
      let content = try Form<FileContent>.fileContent.read(scalar, reader)
      guard String(decoding: content.bytes, as: UTF8.self).hasPrefix("-----BEGIN PUBLIC KEY-----")
      else {
        throw FormFault(
          "names \(content.path), which is no public key: write one with `cosign public-key`")
      }
      return content.path
    }
  }
}

/// `scheme://…`, or a PKCS #11 URI (RFC 7512) without its PIN. What cosign would fetch itself, or read
/// from a variable, is kept by no service.
private func isKeyReference(_ text: String) -> Bool {
  let scheme = text.prefix { $0 != ":" }
  let rest = text.dropFirst(scheme.count + 1)
  guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return false }
  if scheme == "pkcs11" { return !rest.isEmpty && !rest.contains("pin-value=") }
  return rest.hasPrefix("//") && rest.count > 2 && !["", "http", "https", "env"].contains(scheme)
}
