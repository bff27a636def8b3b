import DeployModel
import FoundationEssentials
import HTTPClient
import HTTPTypes

/// Why a call of GitHub's REST API came to nothing, by what the caller should do.
package struct RESTFailure: Error, Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    /// No answer, or one of 5xx: the same call may succeed later.
    case unavailable
    /// Too much was asked. Nothing for so long; nil: GitHub does not say, so a minute at least.
    case limited(Duration?)
    /// 401: whoever called is not known, or no longer.
    case unauthorized
    /// 403: known, and not allowed.
    case forbidden
    /// 404; GitHub says so too where access is missing.
    case notFound
    /// 422: understood, and impossible.
    case invalid
    /// Anything else: another try would end in the same way.
    case refused
  }

  package var kind: Kind
  /// For people; holds no secret.
  package var message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  package var description: String { message }
}

extension RESTFailure {
  init(_ error: ClientError) {
    switch error {
    case .unreachable, .timedOut, .cancelled, .closed: self.init(.unavailable, "\(error)")
    // A certificate may be renewed, an answer may be a proxy's page: later it may be right.
    case .untrusted, .tooLarge: self.init(.unavailable, "\(error)")
    case .invalidRequest: self.init(.refused, "\(error)")
    }
  }

  private struct Body: Decodable {
    var message: String?
    var errors: [Detail]?
  }

  /// An object, or a sentence of its own.
  private struct Detail: Decodable {
    private enum Key: CodingKey { case message }
    var message: String?

    init(from decoder: any Decoder) throws {
      do {
        message = try decoder.singleValueContainer().decode(String.self)
      } catch {
        message = try decoder.container(keyedBy: Key.self)
          .decodeIfPresent(String.self, forKey: .message)
      }
    }
  }

  /// A page of a proxy is no message: only GitHub's own words are shown, and so much of them.
  private static let longest = 300

  /// - Parameter doing: "the commit status", in the text.
  init(_ response: ClientResponse, doing what: String, now: Timestamp) {
    let words = Self.words(of: response)
    let said = words.isEmpty ? "" : ": \(words)"
    self.init(
      Self.kind(of: response, words: words, now: now),
      "GitHub answered \(response.status) for \(what)\(said)")
  }

  /// "Rate limits for the REST API": 403 and 429 both stand for either limit, and 403 also for a
  /// denial, which has neither of the headers nor the words.
  private static func kind(of response: ClientResponse, words: String, now: Timestamp) -> Kind {
    switch response.status {
    case 403, 429:
      if let wait = number(response, .retryAfter) {
        return .limited(.seconds(min(wait, longestWait)))
      }
      if number(response, .rateLimitRemaining) == 0, let reset = number(response, .rateLimitReset) {
        // By the clock that made it: ours may be another.
        let wait = reset - (response.headers.date ?? now.milliseconds / 1000)
        return .limited(.seconds(min(max(wait, 1), longestWait)))
      }
      let namesLimit = words.lowercased().contains("rate limit")
      return response.status == 429 || namesLimit ? .limited(nil) : .forbidden
    case 401: return .unauthorized
    case 404, 410, 451: return .notFound
    case 422: return .invalid
    case 408, 425, 500...599: return .unavailable
    default: return .refused
    }
  }

  /// The primary limit begins anew every hour; a header beyond that is not believed.
  private static let longestWait: Int64 = 3660

  private static func words(of response: ClientResponse) -> String {
    let body: Body
    do {
      body = try JSONDecoder().decode(Body.self, from: Data(response.body))
    } catch {
      return ""
    }
    let words = ([body.message] + (body.errors ?? []).map(\.message)).compactMap(\.self)
    let plain = words.joined(separator: "; ").unicodeScalars.map {
      $0.properties.generalCategory == .control ? " " : $0
    }
    return String(String.UnicodeScalarView(plain.prefix(longest)))
  }

  /// Digits only; anything else counts as absent.
  private static func number(_ response: ClientResponse, _ name: HTTPField.Name) -> Int64? {
    guard let text = response.headers[name], (1...15).contains(text.utf8.count),
      text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    return Int64(text)
  }
}

extension HTTPField.Name {
  static let apiVersion = HTTPField.Name(validated: "X-GitHub-Api-Version")
  static let rateLimitRemaining = HTTPField.Name(validated: "X-RateLimit-Remaining")
  static let rateLimitReset = HTTPField.Name(validated: "X-RateLimit-Reset")

  private init(validated name: StaticString) {
    guard let made = HTTPField.Name("\(name)") else {
      preconditionFailure("\(name) is no field name")
    }
    self = made
  }
}
