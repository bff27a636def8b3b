import DeployModel

/// `builder:`
struct BuilderSettings: Hashable, Sendable {
  enum Kind: String, Hashable, Sendable, CaseIterable { case buildah, docker, buildkit }

  var kind = Kind.buildah
  /// Builds at the same time.
  var concurrency = 2
  /// Of one build.
  var timeout = Duration.seconds(30 * 60)
}

extension BuilderSettings {
  init(_ section: Section) {
    let reader = section.reader
    let kind = section.located("kind", Form<Kind>.oneOf)
    self.kind = kind?.value ?? .buildah
    concurrency = section.value("concurrency", .integer(1...256), default: concurrency)
    timeout = section.value(
      "timeout", .duration(atMost: .seconds(86_400)), default: timeout)
    if let cache = section.located("cache", .imageRepositoryText) {
      reader.note(.buildCache, at: cache.position, "builder.cache")
    }
    if let kind, kind.value != .buildah {
      reader.error(
        at: kind.position,
        "`builder.kind: \(kind.value.rawValue)` is not in this version: write `kind: buildah`")
    }
    decodeDocker(section, isMeant: self.kind == .docker)
    decodeBuildKit(section, isMeant: self.kind == .buildkit)
  }

  private func decodeDocker(_ section: Section, isMeant: Bool) {
    guard let host = section.entry("host") else { return }
    guard isMeant else { return stray(host, kind: .docker, section) }
    _ = section.value(
      of: host, Form<String>.line("the daemon's address, such as unix:///var/run/docker.sock"))
  }

  private func decodeBuildKit(_ section: Section, isMeant: Bool) {
    let entries = ["addresses", "tls"].compactMap(section.entry)
    guard isMeant else { return entries.forEach { stray($0, kind: .buildkit, section) } }
    let addresses = section.list("addresses", .line("an address such as tcp://buildkit:1234"))
    if addresses?.isEmpty ?? true {
      section.missing("addresses", "list the builders, such as [tcp://buildkit:1234]")
    }
    section.within("tls") { tls in
      for key in ["ca", "certificate", "privateKey"] {
        _ = tls.required(key, .readableFile, "name its PEM file")
      }
    }
  }

  private func stray(_ entry: Section.Entry, kind: Kind, _ section: Section) {
    section.reader.error(
      at: entry.keyPosition, "`\(entry.path)` belongs to `kind: \(kind.rawValue)`: remove it")
  }
}

extension Form where Value == String {
  static var imageRepositoryText: Form {
    .text("an image such as ghcr.io/acme/cache") { text -> String? in
      ImageRepository(text) == nil ? nil : text
    }
  }
}
