import HTTPServer
import OpenSSLKit
import Posix
import Synchronization
import TestKit
import Testing

@Suite("TLS: handshakes with curl, OpenSSL and Python")
struct TLSHandshakeTests {
  @Test("curl is served under TLS 1.2 and 1.3, and on one connection again")
  func curl() async throws {
    let server = try await TLSFixture.start()
    let format = ["--write-out", " %{http_code} %{ssl_verify_result}\n"]
    for version in ["1.2", "1.3"] {
      #expect(
        try await server.curl("/x", format[0], format[1], "--tlsv\(version)", "--tls-max", version)
          == "GET /x 200 0")
    }
    let place = "https://a.example:\(server.address.port)"
    #expect(try await server.curl("/1", "\(place)/2", "\(place)/3") == "GET /1GET /2GET /3")
    await server.stop()
  }

  @Test("TLS 1.1 and older are refused, and told so")
  func oldVersions() async throws {
    let server = try await TLSFixture.start()
    for version in ["-tls1_1", "-tls1"] {
      let said = try await server.openssl(version, "-cipher", "DEFAULT@SECLEVEL=0")
      #expect(said.contains("alert protocol version"), "\(said)")
    }
    await server.stop()
  }

  @Test(
    "TLS 1.2 has forward secrecy and authenticated encryption, or nothing",
    arguments: [
      ("ECDHE-ECDSA-AES128-GCM-SHA256", true), ("ECDHE-ECDSA-CHACHA20-POLY1305", true),
      ("ECDHE-ECDSA-AES128-SHA256", false), ("ECDHE-ECDSA-AES128-SHA", false),
      ("ECDHE-RSA-AES128-GCM-SHA256", false),
    ])
  func suites(name: String, isServed: Bool) async throws {
    let server = try await TLSFixture.start()
    let said = try await server.openssl("-tls1_2", "-cipher", name)
    #expect(said.contains(isServed ? "Cipher is \(name)" : "alert handshake failure"), "\(said)")
    await server.stop()
  }

  @Test("nothing is compressed, and nothing negotiated again")
  func renegotiation() async throws {
    let server = try await TLSFixture.start()
    let said = try await server.openssl("-tls1_2", input: "R\n")
    #expect(said.contains("Compression: NONE"))
    #expect(said.contains("no renegotiation"), "\(said)")
    await server.stop()
  }

  @Test("RFC 7301: http/1.1 is chosen, http/1.0 where nothing newer is offered, h2 alone refused")
  func alpn() async throws {
    let server = try await TLSFixture.start()
    let said = try await server.python(
      #"""
      for offer in ["http/1.1"], ["h2", "http/1.1"], [], ["http/1.0", "h3"], ["h2"], ["h2", "h3"]:
          context = trusting()
          if offer:
              context.set_alpn_protocols(offer)
          try:
              tls = connect(context)
              print(tls.selected_alpn_protocol(), ask(tls))
          except ssl.SSLError as error:
              reason = str(error).lower().replace("_", " ")
              print("refused" if "alert no application protocol" in reason else error)
      """#)
    #expect(
      said == """
        http/1.1 GET /a
        http/1.1 GET /a
        None GET /a
        http/1.0 GET /a
        refused
        refused
        """)
    await server.stop()
  }

  @Test("RFC 6066: the certificate of the asked name; the first for any other and for none")
  func serverNames() async throws {
    let files = try Certificates()
    try await files.make("first", names: ["a.example"])
    try await files.make("wild", names: ["*.b.example"])
    try await files.make("exact", names: ["ci.b.example"])
    let server = try TLSFixture(files, ["first", "wild", "exact"])
    func subject(_ name: String?) async throws -> String {
      let option = name.map { ["-servername", $0] } ?? ["-noservername"]
      let said = try await server.openssl(option[0], option.last ?? "")
      return said.split(separator: "\n").first { $0.hasPrefix("subject=") }.map(String.init) ?? said
    }
    #expect(try await subject("a.example") == "subject=CN = first")
    #expect(try await subject("x.b.example") == "subject=CN = wild")
    #expect(try await subject("X.B.EXAMPLE") == "subject=CN = wild")
    #expect(try await subject("ci.b.example") == "subject=CN = exact")
    #expect(try await subject("y.x.b.example") == "subject=CN = first")
    #expect(try await subject("b.example") == "subject=CN = first")
    #expect(try await subject(nil) == "subject=CN = first")
    await server.stop()
  }

  @Test("an RSA and an ECDSA certificate with one name: each client gets one that it can verify")
  func twoKinds() async throws {
    let files = try Certificates()
    for name in ["a", "b"] {
      try await files.make("\(name)-ec", names: ["\(name).example"])
      try await files.make("\(name)-rsa", names: ["\(name).example"], key: .rsa)
    }
    let server = try TLSFixture(files, ["a-ec", "a-rsa", "b-ec", "b-rsa"])
    for name in ["a", "b"] {
      let new = try await server.openssl("-servername", "\(name).example")
      #expect(new.contains("subject=CN = \(name)-ec\n"), "\(new)")
      let old = try await server.openssl(
        "-servername", "\(name).example", "-sigalgs", "RSA-PSS+SHA256")
      #expect(old.contains("subject=CN = \(name)-rsa\n"), "\(old)")
    }
    await server.stop()
  }

  @Test("the chain is sent, so that a client needs to know the root only")
  func chain() async throws {
    let files = try Certificates()
    try await files.make("root", names: [])
    try await files.make("between", names: [], signedBy: "root", isAuthority: true)
    try await files.make("leaf", names: ["a.example"], signedBy: "between")
    let chain = try files.text(files.certificate("leaf")) + files.text(files.certificate("between"))
    try files.directory.write(String(decoding: chain, as: UTF8.self), to: "leaf.crt")
    let server = try TLSFixture(files, ["leaf"])
    #expect(try await server.python("print(ask(connect()))", trusting: "root") == "GET /a")
    await server.stop()
  }

  @Test("sessions are resumed under both versions, and not after the certificates were exchanged")
  func resumption() async throws {
    let server = try await TLSFixture.start()
    let lines = Mutex<[String]>([])
    try await server.converse(
      #"""
      contexts = [trusting(ssl.TLSVersion.TLSv1_2), trusting(ssl.TLSVersion.TLSv1_3)]
      def sessions(contexts, before):
          reused, after = [], []
          for context, session in zip(contexts, before):
              tls = connect(context, session=session)
              ask(tls)
              reused.append(tls.session_reused)
              after.append(tls.session)
              tls.close()
          print(reused)
          sys.stdin.readline()
          return after
      first = sessions(contexts, [None, None])
      second = sessions(contexts, first)
      sessions(contexts, second)
      """#
    ) { line in
      let round = lines.withLock { lines in
        lines.append(line)
        return lines.count
      }
      guard round == 2 else { return }
      try server.tls.replace(with: [TLSFixture.identity("a", in: server.certificates)])
    }
    #expect(lines.withLock { $0 } == ["[False, False]", "[True, True]", "[False, False]"])
    await server.stop()
  }

  @Test("a reload gives new handshakes the new certificate, and open connections go on")
  func reload() async throws {
    let server = try await TLSFixture.start()
    try await server.certificates.make("b", names: ["b.example"])
    let lines = Mutex<[String]>([])
    let subject = "dict(name[0] for name in tls.getpeercert()['subject'])['commonName']"
    try await server.converse(
      """
      context = trusting()
      context.load_verify_locations(authority.replace("a.crt", "b.crt"))
      kept = connect(context)
      begun = raw()
      for _ in range(2):
          tls = connect(context)
          print(ask(kept, "/kept"), ask(tls, "/new"), \(subject))
          sys.stdin.readline()
      tls = context.wrap_socket(begun, server_hostname="a.example")
      print(ask(tls, "/begun"), \(subject))
      sys.stdin.readline()
      """
    ) { line in
      let round = lines.withLock { lines in
        lines.append(line)
        return lines.count
      }
      guard round == 1 else { return }
      try server.tls.replace(with: [TLSFixture.identity("b", in: server.certificates)])
    }
    #expect(
      lines.withLock { $0 } == ["GET /kept GET /new a", "GET /kept GET /new b", "GET /begun b"])
    await server.stop()
  }

  @Test("200 handshakes at once are all served")
  func twoHundred() async throws {
    let server = try await TLSFixture.start()
    let said = try await server.python(
      #"""
      context, answers, gate = trusting(), [], threading.Barrier(200)
      def one(number):
          gate.wait()
          answers.append(ask(connect(context), f"/{number}"))
      threads = [threading.Thread(target=one, args=[number]) for number in range(200)]
      [thread.start() for thread in threads]
      [thread.join() for thread in threads]
      print(len(answers), len(set(answers)))
      """#)
    #expect(said == "200 200")
    try await eventually("their end") { server.test.server.connectionCount == 0 }
    await server.stop()
  }
}
