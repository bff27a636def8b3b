package import DeployModel
import FoundationEssentials
import HTTPClient
import HTTPTypes
package import Posix

/// What a server of GitHub's says of its own addresses: `GET /meta`, which anybody may ask.
package struct PublishedAddresses: Sendable {
  private let address: RESTAddress
  private let clock: any WallClock

  private struct Meta: Decodable { var hooks: [String]? }

  package init(_ address: RESTAddress, clock: any WallClock) {
    self.address = address
    self.clock = clock
  }

  /// Where webhooks come from ("About GitHub's IP addresses"); never empty.
  ///
  /// A list of which one element is not understood is not taken: without that element somebody would
  /// be locked out.
  package func hooks() async throws(RESTFailure) -> [AddressBlock] {
    let response = try await address.send(.get, "/meta", bearer: nil)
    guard response.status == 200 else {
      throw RESTFailure(response, doing: "its addresses", now: clock.now())
    }
    let meta: Meta
    do {
      meta = try JSONDecoder().decode(Meta.self, from: Data(response.body))
    } catch {
      throw RESTFailure(.refused, "\(address.text)/meta answered what is no list of addresses")
    }
    guard let hooks = meta.hooks, !hooks.isEmpty else {
      // GitHub Enterprise Server has the call, and leaves its own addresses out.
      throw RESTFailure(.refused, "\(address.text)/meta names no addresses of webhooks")
    }
    return try hooks.map { text throws(RESTFailure) in
      guard let block = AddressBlock(text) else {
        throw RESTFailure(.refused, "\(address.text)/meta names an address that is none")
      }
      return block
    }
  }
}
