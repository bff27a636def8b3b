import HTTPServer
import HTTPTypes
import Synchronization

/// `/livez`: the process answers. `/readyz`: the store takes writes, and nobody asked us to stop;
/// never GitHub or Argo CD, or Slipway would vanish when it is needed most.
package final class ProbeEndpoints: Sendable {
  private let store: StoreProbe
  private let draining = Atomic(false)
  private let contract = StaticResource(
    Resources.openapiYaml, contentType: "application/yaml")

  package init(store: StoreProbe) { self.store = store }

  package func beginDraining() { draining.store(true, ordering: .relaxed) }

  func live(_ request: ServerRequest) async -> ServerResponse { .text("ok\n") }

  func ready(_ request: ServerRequest) async -> ServerResponse {
    if draining.load(ordering: .relaxed) { return .text("stopping\n", status: 503) }
    guard await store.isWritable() else {
      return .text("the store cannot write; the log says why\n", status: 503)
    }
    return .text("ok\n")
  }

  func contract(_ request: ServerRequest) throws(Problem) -> ServerResponse {
    try contract.answer(request)
  }
}

extension ServerResponse {
  static func text(_ text: String, status: Int = 200) -> ServerResponse {
    ServerResponse(
      .init(code: status),
      headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: .bytes(Array(text.utf8)))
  }
}
