import HTTPServer
import OpenSSLKit
import Posix
import Synchronization
import TestKit
import Testing

/// A server under TLS, with certificates made for it, and the programs that are its clients.
struct TLSFixture {
  let certificates: Certificates
  let tls: TLSInForce
  let test: TestServer
  var address: SocketAddress { test.address }

  /// Serves as `a.example`.
  static func start(
    limits: ServerLimits = .forTests, handler: any HTTPHandler = TestHandler()
  ) async throws -> TLSFixture {
    let certificates = try Certificates()
    try await certificates.make("a", names: ["a.example"])
    return try TLSFixture(certificates, ["a"], limits: limits, handler: handler)
  }

  /// - Parameter names: of certificates that were made, the default first.
  init(
    _ certificates: Certificates, _ names: [String], limits: ServerLimits = .forTests,
    handler: any HTTPHandler = TestHandler()
  ) throws {
    self.certificates = certificates
    tls = try TLSInForce(names.map { try Self.identity($0, in: certificates) })
    test = try TestServer(limits: limits, handler: handler, tls: tls)
  }

  static func identity(_ name: String, in certificates: Certificates) throws -> TLSIdentity {
    try TLSIdentity(
      certificate: certificates.text(certificates.certificate(name)),
      privateKey: certificates.text(certificates.privateKey(name)))
  }

  func stop() async { await test.stop() }

  /// Without the machine's own configuration of OpenSSL, which may allow less than the client that
  /// a test is about.
  private var environment: [String: String] { ["OPENSSL_CONF": "/dev/null"] }

  /// Standard output; throws with curl's words if it fails.
  func curl(_ path: String, _ arguments: String...) async throws -> String {
    let place = "a.example:\(address.port)"
    return try await shell(
      "curl",
      ["--silent", "--show-error", "--cacert", certificates.certificate("a")]
        + ["--resolve", "\(place):127.0.0.1", "https://\(place)\(path)"] + arguments)
  }

  /// Both outputs of `openssl s_client`, whose handshake may fail.
  func openssl(_ arguments: String..., input: String = "") async throws -> String {
    let result = try await ChildProcess(
      "openssl", ["s_client", "-connect", "127.0.0.1:\(address.port)"] + arguments,
      environment: ChildProcess.minimalEnvironment(
        path: "/usr/bin:/bin", home: "/tmp", adding: environment),
      input: Array((input.isEmpty ? "\n" : input).utf8), deadline: .seconds(60)
    ).run()
    return result.outputText + result.errorText
  }

  /// What a script prints that can use what `prelude` has.
  func python(_ script: String, trusting name: String = "a") async throws -> String {
    try await shell(
      "python3", ["-c", Self.prelude + script] + pythonArguments(name), environment: environment)
  }

  /// A script that waits for a line after each line that it prints: `body` runs meanwhile, and is
  /// given the line. Returns the last one.
  func converse(
    _ script: String, _ body: @escaping @Sendable (String) async throws -> Void
  ) async throws {
    let failure = Mutex<(any Error)?>(nil)
    let result = try await ChildProcess(
      "python3", ["-u", "-c", Self.prelude + script] + pythonArguments("a"),
      environment: ChildProcess.minimalEnvironment(
        path: "/usr/bin:/bin", home: "/tmp", adding: environment), deadline: .seconds(60)
    ).converse { (conversation) throws(ChildError) in
      var text: [UInt8] = []
      while let bytes = try await conversation.receive() {
        text += bytes
        guard text.last == UInt8(ascii: "\n") else { continue }
        do {
          try await body(String(decoding: text, as: UTF8.self).trimmed)
        } catch {
          failure.withLock { $0 = error }
          return
        }
        text = []
        try await conversation.send([UInt8(ascii: "\n")])
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    #expect(result.succeeded, "\(result.errorText)")
  }

  private func pythonArguments(_ name: String) -> [String] {
    ["\(address.port)", certificates.certificate(name)]
  }

  private static let prelude = #"""
    import hashlib, http.client, socket, ssl, sys, threading
    port, authority = int(sys.argv[1]), sys.argv[2]

    def trusting(version=None):
        context = ssl.create_default_context(cafile=authority)
        context.check_hostname = False
        # Python takes a missing close_notify for an end unless told to tell them apart.
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        if version:
            context.minimum_version = context.maximum_version = version
        return context

    def raw():
        return socket.create_connection(("127.0.0.1", port), timeout=60)

    def connect(context=None, name="a.example", session=None):
        return (context or trusting()).wrap_socket(
            raw(), server_hostname=name, session=session, suppress_ragged_eofs=False)

    def ask(tls, path="/a", close=False):
        end = "Connection: close\r\n\r\n" if close else "\r\n"
        tls.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n{end}".encode())
        answer = http.client.HTTPResponse(tls)
        answer.begin()
        return answer.read().decode()

    def to_the_end(tls):
        data = bytearray()
        while True:
            more = tls.recv(65536)
            if not more:
                return bytes(data)
            data += more


    """#
}
