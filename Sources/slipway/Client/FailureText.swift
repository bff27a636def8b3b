import APIClient
import HTTPClient

/// What went wrong and what to do about it, for whoever typed the command.
struct FailureText {
  var lines: [String]

  /// Asks the server for names where one was not found.
  init(_ failure: APIFailure, _ session: Session) async {
    lines = Self.lines(failure, address: session.api.address, hasToken: session.hasToken)
    if case .refused(let refusal) = failure, refusal.problem.status == 404 {
      lines += await Self.hint(refusal, session)
    }
  }

  static func lines(
    _ failure: APIFailure, address: ServerAddress, hasToken: Bool
  ) -> [String] {
    switch failure {
    case .noAnswer(let error): noAnswer(error, address)
    case .notUnderstood(let status, let why):
      [
        StyledText("Error: \(address) answered \(status), but not as Slipway: \(why).").text,
        "Is the address right (SLIPWAY_URL or --url), and Slipway up behind it?",
      ]
    case .refused(let refusal): refused(refusal, address, hasToken: hasToken)
    }
  }

  /// In a few words, to stand within a sentence.
  static func reason(_ failure: APIFailure) -> String {
    switch failure {
    case .noAnswer(let error): "\(error)"
    case .notUnderstood(let status, _): "something else answered \(status)"
    case .refused(let refusal): refusal.problem.detail
    }
  }

  private static func noAnswer(_ error: ClientError, _ address: ServerAddress) -> [String] {
    switch error {
    case .unreachable(_, let reason):
      [
        "Error: \(address) cannot be reached: \(reason).",
        "Is the address right (SLIPWAY_URL or --url), and the server up?",
      ]
    case .untrusted(_, let reason):
      [
        "Error: \(address) cannot be trusted: \(reason).",
        "If an authority of your own vouches for it, name its PEM file: SLIPWAY_CA or --ca.",
      ]
    case .timedOut(_, let limit):
      ["Error: \(address) did not answer within \(TimeText.length(limit))."]
    case .invalidRequest, .tooLarge, .cancelled, .closed: ["Error: \(error)."]
    }
  }

  private static func refused(
    _ refusal: APIFailure.Refusal, _ address: ServerAddress, hasToken: Bool
  ) -> [String] {
    var problem = refusal.problem
    problem.detail = inOptions(problem.detail)
    let place = "(\(problem.status), request \(problem.requestId))"
    var lines: [String]
    switch problem.status {
    case 401 where hasToken:
      lines = [
        "Error: \(address) does not know this token \(place).",
        "Set SLIPWAY_TOKEN, or say --token-file, with one of the server's `auth.tokens`.",
      ]
    case 401:
      lines = [
        "Error: \(address) wants a token \(place).", "Set SLIPWAY_TOKEN, or say --token-file FILE.",
      ]
    case 403:
      lines = ["Error: \(problem.detail) \(place)."]
      if !hasToken {
        lines.append("Set SLIPWAY_TOKEN, or say --token-file FILE.")
      } else if refusal.call.isChange, !problem.detail.contains("needs") {
        lines.append("This needs a token with the role deploy, for this service.")
      }
    // The client has sent it again as often as it does.
    case 409 where problem.detail.contains("Idempotency-Key"):
      lines = [
        "Error: the server was asked and has no answer: it is still at it, or ended in the middle of "
          + "it, and then nobody knows whether it was done \(place).",
        "Look at slipway history before you repeat the command: that would be another change.",
      ]
    default: lines = ["Error: \(problem.detail) \(place)."]
    }
    if let errors = problem.errors, errors.count > 1 {
      lines += errors.map { "  \($0.pointer.dropFirst()): \($0.detail)" }
    }
    lines += problem.files.map { $0.map { "  \($0)" } } ?? []
    return lines.map { StyledText($0).text }
  }

  /// The server speaks of members of a body; here they are options.
  private static func inOptions(_ text: String) -> String {
    [
      ("overrideHold: true", "--override-hold"), ("rebuild: true", "--rebuild"),
      ("offBranch: true", "--off-branch"), ("acceptMigrations: true", "--accept-migrations"),
    ].reduce(text) { $0.replacing($1.0, with: $1.1) }
  }

  // MARK: What was meant

  private static func hint(_ refusal: APIFailure.Refusal, _ session: Session) async -> [String] {
    guard let word = refusal.parameter else { return [] }
    do throws(APIFailure) {
      let services = try await session.api.services().value.items.map(\.name)
      if refusal.call.pattern.contains("{service}") { return [serviceHint(word, among: services)] }
      guard refusal.call.pattern.contains("{id}") else { return [] }
      // A service's name in place of an id is the likeliest slip.
      guard services.contains(word) else {
        return ["Ids look like backend-42; slipway history lists them."]
      }
      let newest = try await session.api.deployments(of: word, limit: 1).value.items.first
      return newest.map { ["\(word) is a service; its newest deployment is \($0.id)."] } ?? []
    } catch {
      return []
    }
  }

  static func serviceHint(_ word: String, among names: [String]) -> String {
    if let near = nearestName(to: word, among: names) { return "Did you mean \(near)?" }
    guard !names.isEmpty else { return "No services are configured." }
    let shown = names.prefix(12).joined(separator: ", ")
    return names.count > 12 ? "There are \(shown) and more." : "There are \(shown)."
  }
}
