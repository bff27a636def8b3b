import APIClient
import ArgumentParser
import FoundationEssentials
import HTTPClient

/// Which server, and who asks. The token is never an argument: those are seen by everybody on the
/// machine, and shells keep them.
struct ServerOptions: ParsableArguments {
  @Option(help: "The server's address. Default: the environment variable SLIPWAY_URL.")
  var url: String?

  @Option(
    help: ArgumentHelp(
      "A file with the API token. Default: the token itself in SLIPWAY_TOKEN.",
      valueName: "file"), completion: .file())
  var tokenFile: String?

  @Option(
    help: ArgumentHelp(
      "A PEM file with the authorities to trust. Default: SLIPWAY_CA, or the system's.",
      valueName: "file"), completion: .file())
  var ca: String?

  @Flag(help: "Print the server's own JSON.")
  var json = false

  func session(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws -> Session {
    let address = try address(environment)
    let token = try token(environment)
    if token != nil, !address.isEncrypted, !address.isLoopback {
      Terminal.error("Warning: the token travels unencrypted to \(address)")
    }
    let authorities = Self.value(ca, environment["SLIPWAY_CA"])
    if let authorities {
      do throws(FileFault) {
        _ = try readFile(authorities, limit: 16 << 20)
      } catch {
        throw UsageFault(
          "the authorities' file \(authorities) (SLIPWAY_CA or --ca) cannot be read: "
            + error.reason)
      }
    }
    let http = HTTPClient(ClientSettings(certificateAuthorities: authorities))
    return Session(
      api: ServerAPI(address, token: token, http: http), hasToken: token != nil, printsJSON: json,
      screen: Screen.standardOutput(environment: environment), environment: environment)
  }

  private func address(_ environment: [String: String]) throws -> ServerAddress {
    guard let text = Self.value(url, environment["SLIPWAY_URL"]) else {
      throw UsageFault(
        "which server? Set SLIPWAY_URL, or say --url https://slipway.example.com")
    }
    do throws(ServerAddress.Fault) {
      return try ServerAddress(text)
    } catch {
      throw UsageFault("the server's address (SLIPWAY_URL or --url) must \(error.sentence)")
    }
  }

  private func token(_ environment: [String: String]) throws -> BearerToken? {
    let text: String
    let place: String
    if let tokenFile {
      place = "the token's file \(tokenFile)"
      do throws(FormFault) {
        text = try SecretSource.file(tokenFile).read(environment: environment).exposed
      } catch {
        throw UsageFault(error.sentence)
      }
    } else if let value = Self.value(nil, environment["SLIPWAY_TOKEN"]) {
      place = "SLIPWAY_TOKEN"
      text = value
    } else {
      return nil
    }
    guard let token = BearerToken(text) else {
      throw UsageFault("\(place) is not a token: it holds a space, a line end or a control")
    }
    return token
  }

  /// An empty variable is as good as none.
  private static func value(_ option: String?, _ variable: String?) -> String? {
    option ?? variable.flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// One run of a client command.
struct Session: Sendable {
  var api: ServerAPI
  var hasToken: Bool
  var printsJSON: Bool
  var screen: Screen
  var environment: [String: String]

  /// Prints the answer as it came, or what `lines` makes of it.
  func show<Shape>(_ answer: Answer<Shape>, _ lines: (Shape) -> [StyledText]) {
    if printsJSON {
      Terminal.line(String(decoding: answer.json, as: UTF8.self))
    } else {
      screen.show(lines(answer.value))
    }
  }
}
