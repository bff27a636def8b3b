import DeployModel
import OpenSSLKit
import RESTAPI
import Yams

/// One entry of `server.tls`. It holds what the files said when they were checked, so that what was
/// checked is what is used.
struct TLSSettings: Hashable, Sendable {
  /// PEM: the server's certificate, then those that vouch for it.
  var certificate: [UInt8]
  /// PEM.
  var privateKey: Secret
}

extension TLSSettings {
  func identity() throws(TLSIdentityFault) -> TLSIdentity {
    try TLSIdentity(certificate: certificate, privateKey: privateKey.exposedBytes)
  }

  /// `server.tls`: a mapping, or a list of them.
  static func all(_ section: Section) -> [TLSSettings] {
    guard let entry = section.entry("tls") else { return [] }
    guard case .sequence(let sequence) = entry.node else {
      return [section.section(of: entry) { TLSSettings($0) }].compactMap(\.self)
    }
    if sequence.isEmpty {
      section.reader.error(
        at: entry.position,
        "`\(entry.path)` is empty: name a certificate, or remove the key to serve in clear")
    }
    return (section.items("tls", of: "a mapping with certificate and privateKey") ?? [])
      .compactMap { item in section.section(of: item) { TLSSettings($0) } }
  }

  private init?(_ section: Section) {
    let certificate = section.required(
      "certificate", .fileContent, "name the certificate's PEM file")
    let privateKey = section.required(
      "privateKey", .fileContent, "name the private key's PEM file")
    if let privateKey, isReadableByAll(privateKey.value.path) {
      section.reader.warning(
        at: privateKey.position,
        "`\(section.path).privateKey`: every user of this machine can read "
          + "\(privateKey.value.path); take that away with chmod o-r")
    }
    guard let certificate, let privateKey else { return nil }
    self.certificate = certificate.value.bytes
    // A key that is not text is no PEM; the identity says so.
    self.privateKey = Secret(exposing: String(decoding: privateKey.value.bytes, as: UTF8.self))
    let files: [TLSIdentityFault.File: (key: String, content: Located<FileContent>)] = [
      .certificate: ("certificate", certificate), .privateKey: ("privateKey", privateKey),
    ]
    do throws(TLSIdentityFault) {
      let identity = try identity()
      check(identity, certificate, section)
    } catch {
      guard let (key, content) = files[error.file] else { return nil }
      section.reader.error(
        at: content.position,
        "`\(section.path).\(key)` names \(content.value.path), which \(error.sentence)")
      return nil
    }
  }

  private func check(
    _ identity: TLSIdentity, _ file: Located<FileContent>, _ section: Section
  ) {
    let place = "`\(section.path).certificate` names \(file.value.path), which"
    do throws(OpenSSLFailure) {
      _ = try TLSServerContext([identity])
    } catch {
      section.reader.error(
        at: file.position, "\(place) OpenSSL refuses to serve (\(error.reason))")
    }
    let now = section.reader.now.milliseconds
    let begin = Timestamp(milliseconds: identity.certificate.notBefore * 1000)
    let end = Timestamp(milliseconds: identity.certificate.notAfter * 1000)
    if end.milliseconds <= now {
      section.reader.warning(
        at: file.position, "\(place) expired at \(end.rfc3339): clients refuse it; renew it")
    } else if begin.milliseconds > now {
      section.reader.warning(
        at: file.position, "\(place) is not valid before \(begin.rfc3339): clients refuse it")
    }
    if !identity.certificate.hasAlternativeNames {
      section.reader.warning(
        at: file.position,
        "\(place) has no subject alternative name: hardly a client accepts it")
    }
    if case .rsa(let bits) = identity.privateKey.kind, bits > 3072 {
      section.reader.warning(
        at: file.position,
        "\(place) has an RSA key of \(bits) bits: each handshake takes milliseconds of a core; "
          + "ECDSA P-256 is as good and a hundred times faster")
    }
  }
}
