package import DeployModel
import FoundationEssentials

/// The labels of every image. All of them come from the commit and its inputs, none from the time
/// of the build, so that building a commit again can make the same image.
package enum ImageLabels {
  package static let revision = "org.opencontainers.image.revision"
  package static let source = "org.opencontainers.image.source"
  package static let created = "org.opencontainers.image.created"
  package static let version = "org.opencontainers.image.version"
  /// What R8 adopts by.
  package static let inputDigest = "io.slipway.input-digest"

  /// `repositoryURL` as configured; GHCR links a package to the repository of `source`, so user
  /// information and `.git` go. `created` is the commit's time.
  package static func make(
    source: Source, repositoryURL: String, version: String, inputs: InputDigest
  ) -> [String: String] {
    let seconds = Double(source.committedAt.milliseconds / 1000)
    return [
      revision: source.commit.hex,
      Self.source: webAddress(repositoryURL),
      created: Date(timeIntervalSince1970: seconds).formatted(.iso8601),
      Self.version: version,
      inputDigest: inputs.text,
    ]
  }

  /// 1. `https://user:token@host/a/b.git` 2. `ssh://git@host/a/b` 3. `git@host:a/b.git`, all to
  /// `https://host/a/b`. 4. Anything else, a path for example, loses only what may be a secret.
  private static func webAddress(_ url: String) -> String {
    let bare = url.hasSuffix(".git") ? String(url.dropLast(4)) : url
    if let mark = bare.firstRange(of: "://") {
      let scheme = bare[..<mark.lowerBound]
      let rest = bare[mark.upperBound...]
      let authority = rest.prefix { $0 != "/" }
      let host = authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] }
      let path = rest[authority.endIndex...]
      if scheme == "ssh" { return "https://\((host ?? authority).prefix { $0 != ":" })\(path)" }
      return "\(scheme)://\(host ?? authority)\(path)"
    }
    if let at = bare.firstIndex(of: "@"), let colon = bare[at...].firstIndex(of: ":") {
      let host = bare[bare.index(after: at)..<colon]
      return "https://\(host)/\(bare[bare.index(after: colon)...])"
    }
    return bare
  }
}
