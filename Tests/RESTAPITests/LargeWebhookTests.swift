import Dispatch
import HTTPTypes
import PipelineKit
import Posix
import TestKit
import Testing

@testable import RESTAPI

/// Who sends much that nobody has vouched for keeps no reactor from the others.
@Suite struct LargeWebhookTests {
  @Test("R12: the signature of a large body is computed elsewhere, that of a small one at once")
  @MainActor
  func elsewhere() async throws {
    let pool = BlockingPool(width: 1)
    let pipeline = try await PipelineWorld.make(services: ["backend"])
    let world = try APIWorld(
      pipeline, repositories: [("shop", pipeline.monorepo.url, "main")], verifiers: pool)
    var headers: HTTPFields = [.contentType: "application/json"]
    headers[.hubSignature] = "sha256=" + String(repeating: "0", count: 64)
    let occupied = DispatchSemaphore(value: 0)
    let occupant = Task { await pool.run { occupied.wait() } }
    var answered: [Int] = []
    // Two secrets are tried: a byte more than what is gone over at once. Both run on this actor, in
    // their order, until they wait for something.
    let sizes = [WebhookEndpoint.verifiedAtOnce / 2 + 1, WebhookEndpoint.verifiedAtOnce / 2]
    let requests = sizes.map { size in
      Task {
        let answer = try await world.webhook(
          [UInt8](repeating: 0x20, count: size), headers: headers)
        #expect(answer.status == 401)
        answered.append(size)
      }
    }
    try await requests[1].value
    #expect(answered == [sizes[1]])
    occupied.signal()
    await occupant.value
    try await requests[0].value
    #expect(answered == [sizes[1], sizes[0]])
  }
}
