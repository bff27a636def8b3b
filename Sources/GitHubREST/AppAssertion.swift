import DeployModel
import FoundationEssentials
import OpenSSLKit

/// What an App says about itself when it asks for a token: a JSON Web Token (RFC 7519) in compact
/// form, signed with RS256.
struct AppAssertion {
  /// A minute in the past, as GitHub advises, for clocks that are not quite right.
  static let drift: Duration = .seconds(60)
  /// GitHub takes ten minutes at most, by its own clock.
  static let lifetime: Duration = .seconds(9 * 60)

  let text: String

  init(of app: GitHubApp, at now: Timestamp) throws(OpenSSLFailure) {
    let issued = now.before(Self.drift).milliseconds / 1000
    let expires = (now + Self.lifetime).milliseconds / 1000
    // Every value is a number of ours: there is nothing to escape.
    let header = Self.base64URL(Array(#"{"alg":"RS256","typ":"JWT"}"#.utf8))
    let claims = Self.base64URL(
      Array(#"{"iat":\#(issued),"exp":\#(expires),"iss":"\#(app.id)"}"#.utf8))
    let signed = "\(header).\(claims)"
    text = "\(signed).\(Self.base64URL(try app.key.signature(of: Array(signed.utf8))))"
  }

  /// RFC 7515 section 2: base64url without padding.
  private static func base64URL(_ bytes: [UInt8]) -> String {
    var text = Data(bytes).base64EncodedString()
    while text.last == "=" { text.removeLast() }
    return text.replacing("+", with: "-").replacing("/", with: "_")
  }
}
