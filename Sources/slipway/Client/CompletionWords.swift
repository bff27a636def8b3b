import APIClient
import ArgumentParser
import FoundationEssentials
import HTTPClient

/// Words that a shell completes, asked of the server that SLIPWAY_URL names. Whoever presses the
/// tab key waits: no server, no answer and a wrong token all mean no words.
enum CompletionWords {
  private static let patience: Duration = .seconds(2)

  static func services() async -> [String] {
    await words { api throws(APIFailure) in try await api.services().value.items.map(\.name) }
  }

  static func deployments() async -> [String] {
    await words { api throws(APIFailure) in
      try await api.deployments(limit: ServerAPI.pageLimit).value.items.map(\.id)
    }
  }

  private static func words(
    _ ask: (ServerAPI) async throws(APIFailure) -> [String]
  ) async -> [String] {
    let environment = ProcessInfo.processInfo.environment
    do {
      let address = try ServerAddress(environment["SLIPWAY_URL"] ?? "")
      let http = HTTPClient(
        ClientSettings(certificateAuthorities: environment["SLIPWAY_CA"], connect: patience))
      return try await ask(
        ServerAPI(
          address, token: environment["SLIPWAY_TOKEN"].flatMap(BearerToken.init), http: http,
          deadline: patience))
    } catch {
      return []
    }
  }
}

extension CompletionKind {
  static var services: CompletionKind { .custom { _, _, _ in await CompletionWords.services() } }
  static var deployments: CompletionKind {
    .custom { _, _, _ in await CompletionWords.deployments() }
  }
}
