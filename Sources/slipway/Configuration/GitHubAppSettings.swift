import GitHubREST
import OpenSSLKit
import Yams

/// `repositories.*.credentials.githubApp`
struct GitHubAppSettings: Hashable, Sendable {
  var appID: Int
  var installationID: Int
  /// PEM, as it was when it was checked.
  var privateKey: Secret
}

extension GitHubAppSettings {
  init?(_ section: Section) {
    let ids = Form<Int>.integer(1...Int.max)
    let app = section.required("appID", ids, "it stands on the App's page")
    let installation = section.required(
      "installationID", ids, "it stands at the end of the installation's address")
    let key = Self.privateKey(section)
    guard let app, let installation, let key else { return nil }
    self.init(
      appID: app.value, installationID: installation.value, privateKey: key.value)
    do throws(FormFault) {
      _ = try self.app()
    } catch {
      section.reader.error(at: key.position, "`\(section.path).privateKey` \(error.sentence)")
      return nil
    }
  }

  /// A path, as other private keys are named, or a secret as any other.
  private static func privateKey(_ section: Section) -> Located<Secret>? {
    guard let entry = section.entry("privateKey") else {
      section.missing("privateKey", "name the App's PEM file")
      return nil
    }
    guard case .scalar = entry.node else { return section.secret(of: entry) }
    guard let file = section.value(of: entry, .fileContent) else { return nil }
    if isReadableByAll(file.value.path) {
      section.reader.warning(
        at: file.position,
        "`\(entry.path)`: every user of this machine can read \(file.value.path); take that away "
          + "with chmod o-r")
    }
    return Located(
      value: Secret(exposing: String(decoding: file.value.bytes, as: UTF8.self)),
      position: file.position)
  }

  /// Succeeds for whatever `init` has made.
  func app() throws(FormFault) -> GitHubApp {
    let key: PrivateKey
    do throws(TLSIdentityFault) {
      key = try PrivateKey(pem: privateKey.exposedBytes)
    } catch {
      throw FormFault(error.sentence)
    }
    guard let signer = RS256(key) else {
      throw FormFault("holds no RSA key: generate one on the App's page, under Private keys")
    }
    do throws(OpenSSLFailure) {
      // Some kinds of RSA key can be read and cannot sign so.
      _ = try signer.signature(of: [])
    } catch {
      throw FormFault("holds a key that cannot sign: \(error.reason)")
    }
    return GitHubApp(id: appID, installation: installationID, key: signer)
  }
}
