import COpenSSL

/// The certificates of a context, and which of them a handshake uses.
final class CertificateChoice: Sendable {
  /// Each of identities with the same names: at most one for each kind of key is of use.
  private let groups: [[TLSIdentity]]
  private let names: ServerNames

  init(_ identities: [TLSIdentity]) {
    var groups: [[TLSIdentity]] = []
    for identity in identities {
      let names = Set(identity.certificate.names)
      if let index = groups.firstIndex(where: { Set($0[0].certificate.names) == names }) {
        groups[index].append(identity)
      } else {
        groups.append([identity])
      }
    }
    self.groups = groups
    names = ServerNames(groups.map { $0[0].certificate.names })
  }

  /// The caller keeps this object for as long as `context` has sessions.
  func install(in context: OpaquePointer) throws(OpenSSLFailure) {
    // Later ones take the place of earlier ones with the same kind of key, and the first must stay.
    for identity in groups.first?.reversed() ?? [] {
      let installed = identity.withChain {
        SSL_CTX_use_cert_and_key(context, identity.certificate.raw, identity.privateKey.raw, $0, 1)
      }
      guard installed == 1 else { throw .last("certificate") }
    }
    guard groups.count > 1 else { return }
    SSL_CTX_set_cert_cb(
      context,
      { session, choice in
        guard let session, let choice else { return 0 }
        return Unmanaged<CertificateChoice>.fromOpaque(choice).takeUnretainedValue()
          .choose(for: session) ? 1 : 0
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Called once in each full handshake, when the client's hello is read.
  private func choose(for session: OpaquePointer) -> Bool {
    guard let name = SSL_get_servername(session, TLSEXT_NAMETYPE_host_name),
      let index = names.index(for: String(cString: name)), index > 0
    else { return true }
    SSL_certs_clear(session)
    return groups[index].reversed().allSatisfy { identity in
      identity.withChain {
        SSL_use_cert_and_key(session, identity.certificate.raw, identity.privateKey.raw, $0, 1)
      } == 1
    }
  }
}
