import DeployModel
import FoundationEssentials
import HTTPClient

/// What an answer that is no success means. Argo CD maps several gRPC codes to one status (9 and 3
/// both become 400), so the code in the body decides first.
struct ArgoCDFailure {
  private struct Body: Decodable {
    var error: String?
    var message: String?
    var code: Int?
  }

  private let status: Int
  private let code: Int?
  private let text: String
  /// Whose application, or where: for sentences.
  private let subject: String

  /// A load balancer's page is no message: only Argo CD's own words are shown, and so much of them.
  private static let longest = 500

  init(status: Int, code: Int?, text: String, subject: String) {
    self.status = status
    self.code = code
    self.text = String(text.prefix(Self.longest))
    self.subject = subject
  }

  init(status: Int, body bytes: [UInt8], subject: String) {
    let body = Self.body(bytes)
    self.init(
      status: status, code: body?.code, text: body?.message ?? body?.error ?? "", subject: subject)
  }

  /// Nil for what is not Argo CD's, such as the page of a proxy between.
  private static func body(_ bytes: [UInt8]) -> Body? {
    do {
      return try JSONDecoder().decode(Body.self, from: Data(bytes))
    } catch {
      return nil
    }
  }

  private enum GRPC {
    static let notFound = 5
    static let permissionDenied = 7
    static let failedPrecondition = 9
    static let unauthenticated = 16
  }

  var error: RolloutError {
    let said = text.isEmpty ? "Argo CD answered \(status)" : "Argo CD: \(text)"
    // The text is prefixed by some versions, and ends like this in all of them.
    if text.hasSuffix("another operation is already in progress") || text.contains("sync window")
      || text.hasSuffix("application is deleting")
    {
      return RolloutError(.busy, said)
    }
    switch (code, status) {
    case (GRPC.unauthenticated, _), (_, 401):
      return RolloutError(.missing, "\(said); check argocd.token in the configuration")
    case (GRPC.permissionDenied, _), (_, 403):
      return RolloutError(
        .missing,
        "\(said); either there is no application \(subject), or the token may not see or sync it"
      )
    case (GRPC.notFound, _), (_, 404):
      return RolloutError(.missing, "\(said); check the name \(subject) and its project")
    case (_, 408), (_, 429), (_, 500...599): return RolloutError(.unavailable, said)
    default: return RolloutError(.refused, said)
    }
  }
}
