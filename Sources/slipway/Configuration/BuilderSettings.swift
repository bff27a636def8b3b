import DeployModel
import Images

/// `builder:`
struct BuilderSettings: Hashable, Sendable {
  /// What builds, with what only that has.
  enum Engine: Hashable, Sendable {
    case buildah
    case docker(DockerEngine)
    case buildkit(BuildKitFleet)
  }

  struct DockerEngine: Hashable, Sendable {
    var host = "unix:///var/run/docker.sock"
    var tls: BuildKitSettings.TLS?
  }

  struct BuildKitFleet: Hashable, Sendable {
    var addresses: [String] = []
    var tls: BuildKitSettings.TLS?
    var cache: ImageRepository?
    var attestations = BuildKitSettings.Attestations()
  }

  enum Kind: String, Hashable, Sendable, CaseIterable { case buildah, docker, buildkit }

  var engine = Engine.buildah
  /// Where `builder.cache` stands, for checks that see the services too.
  var cachePosition: Position?
  /// Builds at the same time.
  var concurrency = 2
  /// Of one build.
  var timeout = Duration.seconds(30 * 60)
}

extension BuilderSettings {
  init(_ section: Section) {
    let kind = section.value("kind", Form<Kind>.oneOf, default: .buildah)
    concurrency = section.value("concurrency", .integer(1...256), default: concurrency)
    timeout = section.value(
      "timeout", .duration(atMost: .seconds(86_400)), default: timeout)
    let docker = Self.docker(section, isMeant: kind == .docker)
    let fleet = Self.fleet(section, isMeant: kind == .buildkit)
    let tls = Self.tls(section, of: kind)
    let cache = section.located("cache", .imageRepository)
    if let cache, kind != .buildkit {
      section.reader.note(.buildCache, at: cache.position, "builder.cache")
    }
    switch kind {
    case .buildah: engine = .buildah
    case .docker:
      var docker = docker
      docker.tls = tls
      engine = .docker(docker)
    case .buildkit:
      var fleet = fleet
      fleet.tls = tls
      fleet.cache = cache?.value
      cachePosition = cache?.position
      engine = .buildkit(fleet)
    }
  }

  private static func docker(_ section: Section, isMeant: Bool) -> DockerEngine {
    var engine = DockerEngine()
    guard let entry = section.entry("host") else { return engine }
    guard isMeant else {
      stray(entry, of: [.docker], section)
      return engine
    }
    if let host = section.value(of: entry, .daemonAddress) {
      engine.host = host.value
      check(host, section)
    }
    return engine
  }

  private static func fleet(_ section: Section, isMeant: Bool) -> BuildKitFleet {
    var fleet = BuildKitFleet()
    let entries = ["addresses", "attestations"].compactMap(section.entry)
    guard isMeant else {
      for entry in entries { stray(entry, of: [.buildkit], section) }
      return fleet
    }
    let items = section.items("addresses", of: Form<String>.daemonAddress.what)
    if !section.has("addresses") || items?.isEmpty == true {
      section.missing("addresses", "list the builders, such as [tcp://buildkit:1234]")
    }
    for item in items ?? [] {
      guard let address = section.value(of: item, .daemonAddress) else { continue }
      if fleet.addresses.contains(address.value) {
        section.reader.error(
          at: address.position, "`builder.addresses` has `\(address.value)` twice: remove one")
      }
      fleet.addresses.append(address.value)
      check(address, section)
    }
    section.within("attestations") { wanted in
      fleet.attestations.provenance = wanted.value(
        "provenance", Form<BuildKitSettings.Attestations.Provenance>.oneOf,
        default: .none)
      fleet.attestations.sbom = wanted.value("sbom", .boolean, default: false)
    }
    return fleet
  }

  private static func tls(_ section: Section, of kind: Kind) -> BuildKitSettings.TLS? {
    guard let entry = section.entry("tls") else { return nil }
    guard kind != .buildah else {
      stray(entry, of: [.docker, .buildkit], section)
      return nil
    }
    return section.section(of: entry) { tls in
      let authority = tls.required("ca", .readableFile, "name its PEM file")
      let certificate = tls.required("certificate", .readableFile, "name its PEM file")
      let key = tls.required("privateKey", .readableFile, "name its PEM file")
      let name = tls.entry("serverName")
      if let name, kind != .buildkit { stray(name, of: [.buildkit], tls) }
      let serverName = name.flatMap {
        tls.value(of: $0, .line("the name in the builders' certificates"))
      }
      guard let authority, let certificate, let key else { return nil }
      return BuildKitSettings.TLS(
        authority: authority.value, certificate: certificate.value, privateKey: key.value,
        serverName: serverName?.value)
    }
  }

  /// Whoever reaches such an address gives it orders, and reads what is built there.
  private static func check(_ address: Located<String>, _ section: Section) {
    let isTCP = address.value.hasPrefix("tcp://")
    if isTCP, !section.has("tls"), !isLoopback(address.value) {
      section.reader.warning(
        at: address.position,
        "`\(address.value.shown)` is reached in clear and without a proof of who asks: "
          + "give `builder.tls`, and let the builders ask for it")
    }
    if !isTCP, section.has("tls") {
      section.reader.error(
        at: address.position,
        "`\(address.value.shown)` is a socket on this machine, where `builder.tls` does not apply: "
          + "remove one of the two")
    }
  }

  private static func isLoopback(_ address: String) -> Bool {
    let host = parseAuthority(address.dropFirst("tcp://".count))?.host ?? ""
    return host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
  }

  private static func stray(_ entry: Section.Entry, of kinds: [Kind], _ section: Section) {
    let kinds = kinds.map { "`kind: \($0.rawValue)`" }.joined(separator: " and ")
    section.reader.error(
      at: entry.keyPosition, "`\(entry.path)` belongs to \(kinds): remove it")
  }
}

extension Form where Value == String {
  /// Of a daemon that docker and buildctl can reach without another program.
  static var daemonAddress: Form {
    .text("an address such as tcp://buildkit:1234 or unix:///run/buildkit/buildkitd.sock") {
      text -> String? in
      guard text.utf8.count <= 512, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
        return nil
      }
      if text.hasPrefix("unix:///") { return text.utf8.count > "unix:///".utf8.count ? text : nil }
      guard text.hasPrefix("tcp://"),
        let (_, port) = parseAuthority(text.dropFirst("tcp://".count)), port != nil
      else { return nil }
      return text
    }
  }
}

extension Form where Value == ImageRepository {
  static var imageRepository: Form {
    .text("an image without a tag such as ghcr.io/acme/cache") { ImageRepository($0) }
  }
}
