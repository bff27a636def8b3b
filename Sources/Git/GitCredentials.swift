import FoundationEssentials

/// How a remote knows us. Secrets reach git through its environment alone: never an argument, a
/// URL or a file.
package enum GitCredentials: Sendable {
  case none
  /// HTTP Basic. `token` is asked at every use; `afterRefusal` is true when the remote has just
  /// refused what it gave, so that it can renew what it keeps. What it throws is a refusal of the
  /// credentials, unless it is a `GitError` of its own.
  case token(username: String, token: @Sendable (_ afterRefusal: Bool) async throws -> String)
  /// Paths of the private key and of the `known_hosts` file that the host must stand in.
  case ssh(privateKeyFile: String, knownHostsFile: String)

  /// GitHub takes any user name with a token and documents `x-access-token`.
  package static func token(_ token: String) -> GitCredentials {
    .token(username: "x-access-token", token: { _ in token })
  }
}

/// What one run of git gets to see of the credentials, and what must not be seen of them after.
struct GitAccess: Sendable {
  var environment: [String: String] = [:]
  /// Configuration of this run alone.
  var settings: [(key: String, value: String)] = []
  var redaction = Redaction.none
  var token: String?
}

extension GitRemote {
  func access(afterRefusal: Bool) async throws(GitError) -> GitAccess {
    switch credentials {
    case .none:
      return GitAccess()
    case .ssh(let privateKeyFile, let knownHostsFile):
      // A constant for git's shell; the two paths are expanded by it, quoted, and never parsed.
      return GitAccess(environment: [
        "GIT_SSH_COMMAND": """
        exec ssh -F /dev/null -i "$SLIPWAY_SSH_KEY" -o IdentitiesOnly=yes -o BatchMode=yes \
        -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/dev/null \
        -o UserKnownHostsFile="\\"$SLIPWAY_SSH_KNOWN_HOSTS\\"" -o ConnectTimeout=20 \
        -o ServerAliveInterval=15 -o ServerAliveCountMax=3
        """,
        "GIT_SSH_VARIANT": "ssh",
        "SLIPWAY_SSH_KEY": privateKeyFile,
        "SLIPWAY_SSH_KNOWN_HOSTS": knownHostsFile,
      ])
    case .token(let username, let provider):
      guard let origin else { return GitAccess() }
      let token: String
      do {
        token = try await provider(afterRefusal)
      } catch is CancellationError {
        throw .cancelled
      } catch let error as GitError {
        throw error
      } catch {
        throw .authentication("no token could be had: \(error)")
      }
      // Sent with the first request and to this host alone. git's own way, GIT_ASKPASS, costs a
      // refused request each time and would answer for whatever host asks.
      let basic = Data("\(username):\(token)".utf8).base64EncodedString()
      return GitAccess(
        settings: [(key: "http.\(origin).extraHeader", value: "Authorization: Basic \(basic)")],
        redaction: Redaction(secrets: [token, basic]), token: token)
    }
  }
}
