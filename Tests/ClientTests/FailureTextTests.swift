import APIClient
import HTTPClient
import Testing

@testable import slipway

/// Whoever reads an error knows what to do next.
@Suite struct FailureTextTests {
  private func text(
    _ status: Int, _ detail: String, call: ContractCall = .rollBack, hasToken: Bool = true,
    errors: [ProblemRecord.FieldError]? = nil, files: [String]? = nil
  ) throws -> [String] {
    let problem = ProblemRecord(
      title: "", status: status, detail: detail, requestId: "r1", errors: errors, files: files)
    return FailureText.lines(
      .refused(
        APIFailure.Refusal(call: call, parameter: "backend", problem: problem, json: [])),
      address: try ServerAddress("https://slipway.example.com"), hasToken: hasToken)
  }

  @Test("401: which token, and where to put it")
  func unauthorized() throws {
    #expect(
      try text(401, "no", hasToken: false) == [
        "Error: https://slipway.example.com wants a token (401, request r1).",
        "Set SLIPWAY_TOKEN, or say --token-file FILE.",
      ])
    #expect(
      try text(401, "no").first
        == "Error: https://slipway.example.com does not know this token (401, request r1).")
  }

  @Test("403: which role it takes")
  func forbidden() throws {
    #expect(
      try text(403, "the token ci (role read) may not change backend") == [
        "Error: the token ci (role read) may not change backend (403, request r1).",
        "This needs a token with the role deploy, for this service.",
      ])
    #expect(try text(403, "x has the role deploy; this needs admin").count == 1)
    #expect(
      try text(403, "anonymous may not", hasToken: false).last
        == "Set SLIPWAY_TOKEN, or say --token-file FILE.")
  }

  @Test("409 for a key without an answer: that nobody knows, and where to look")
  func keyWithoutAnswer() throws {
    let lines = try text(
      409, "a request with this Idempotency-Key is still being worked on, or the server ended")
    #expect(lines.count == 2)
    #expect(lines.first?.contains("nobody knows whether it was done (409, request r1)") == true)
    #expect(
      lines.last
        == "Look at slipway history before you repeat the command: that would be another change.")
  }

  @Test("What else the server says is said, with everything that is wrong and every file")
  func details() throws {
    #expect(
      try text(
        409, "migrations changed in between", files: ["m/022.sql", "evil\u{1B}[2J.sql"]) == [
          "Error: migrations changed in between (409, request r1).", "  m/022.sql",
          "  evil\u{FFFD}[2J.sql",
        ])
    #expect(
      try text(
        422, "reason is required; to is too long",
        errors: [
          .init(pointer: "/reason", detail: "is required"),
          .init(pointer: "/to", detail: "is too long"),
        ]
      ).suffix(2) == ["  reason: is required", "  to: is too long"])
  }

  @Test("What the API calls a member is an option here")
  func options() throws {
    #expect(
      try text(409, "backend is on hold: x; say overrideHold: true, or release it first").first
        == "Error: backend is on hold: x; say --override-hold, or release it first (409, request r1)."
    )
  }

  @Test("Nobody there, nobody to trust, somebody else")
  func noAnswer() throws {
    let address = try ServerAddress("https://slipway.example.com")
    func lines(_ failure: APIFailure) -> [String] {
      FailureText.lines(failure, address: address, hasToken: true)
    }
    #expect(
      lines(.noAnswer(.unreachable(host: "slipway.example.com", reason: "Could not connect"))) == [
        "Error: https://slipway.example.com cannot be reached: Could not connect.",
        "Is the address right (SLIPWAY_URL or --url), and the server up?",
      ])
    #expect(
      lines(.noAnswer(.untrusted(host: "x", reason: "self-signed"))).last?
        .contains("SLIPWAY_CA") == true)
    #expect(
      lines(.notUnderstood(status: 404, "its answer is text/html")).first
        == "Error: https://slipway.example.com answered 404, but not as Slipway: its answer is text/html."
    )
  }

  @Test("A name that is not there: the nearest, or what there is")
  func hints() {
    #expect(
      FailureText.serviceHint("bakend", among: ["frontend", "backend"]) == "Did you mean backend?")
    #expect(
      FailureText.serviceHint("zzz", among: ["backend", "frontend"])
        == "There are backend, frontend.")
    #expect(FailureText.serviceHint("zzz", among: []) == "No services are configured.")
    #expect(
      FailureText.serviceHint("zzz", among: (1...20).map { "service\($0)" }).hasSuffix("and more."))
  }
}
