import COpenSSL

/// One X.509 certificate, as it stood in a PEM file. Immutable.
package final class X509Certificate: Sendable {
  // Owned since `init`, and only read: OpenSSL counts its references atomically, and locks what it
  // works out about it later.
  nonisolated(unsafe) let raw: OpaquePointer

  /// The DNS names of its subject alternative names, in lower case. A common name is not one
  /// (RFC 9525 section 2).
  package let names: [String]
  /// It has names for clients to compare with, of any kind.
  package let hasAlternativeNames: Bool
  /// Seconds since 1970.
  package let notBefore: Int64
  package let notAfter: Int64

  private init(owning raw: OpaquePointer) {
    self.raw = raw
    (names, hasAlternativeNames) = Self.names(of: raw)
    notBefore = Self.seconds(X509_get0_notBefore(raw))
    notAfter = Self.seconds(X509_get0_notAfter(raw))
  }

  deinit { X509_free(raw) }

  /// Every certificate of a PEM text, in its order.
  static func all(inPEM text: [UInt8]) throws(TLSIdentityFault) -> [X509Certificate] {
    let (found, end) = text.withUnsafeBytes { bytes in
      var found: [X509Certificate] = []
      ErrorQueue.clear()
      if let source = BIO_new_mem_buf(bytes.baseAddress, CInt(clamping: bytes.count)) {
        defer { BIO_free(source) }
        // Certificates have no passphrase, and without this OpenSSL would ask a terminal for one.
        while let raw = PEM_read_bio_X509(source, nil, { _, _, _, _ in -1 }, nil) {
          found.append(X509Certificate(owning: raw))
        }
      }
      return (found, ErrorQueue.take())
    }
    guard end.library == ERR_LIB_PEM, end.code == PEM_R_NO_START_LINE else {
      throw TLSIdentityFault(
        .certificate,
        "holds a certificate (number \(found.count + 1)) that cannot be read: "
          + end.reason)
    }
    return found
  }

  private static func names(of raw: OpaquePointer) -> (dns: [String], any: Bool) {
    guard let decoded = X509_get_ext_d2i(raw, NID_subject_alt_name, nil, nil) else {
      ErrorQueue.clear()  // a certificate without the extension is no error
      return ([], false)
    }
    let list = OpaquePointer(decoded)
    defer { GENERAL_NAMES_free(list) }
    let count = slipway_names_count(list)
    let dns = (0..<count).compactMap { index -> String? in
      var length: CInt = 0
      guard let bytes = slipway_names_dns(list, index, &length) else { return nil }
      let name = UnsafeBufferPointer(start: bytes, count: Int(length))
      return String(validating: name, as: UTF8.self)?.lowercased()
    }
    return (dns, count > 0)
  }

  private static func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64 {
    var (days, seconds): (CInt, CInt) = (0, 0)
    let epoch = ASN1_TIME_set(nil, 0)
    defer { ASN1_TIME_free(epoch) }
    guard ASN1_TIME_diff(&days, &seconds, epoch, time) == 1 else { return 0 }
    return Int64(days) * 86_400 + Int64(seconds)
  }
}
