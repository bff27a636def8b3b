import FoundationEssentials

/// What the server said of one change.
package struct ServerEvent: Sendable {
  package enum Content: Sendable {
    case deployment(DeploymentRecord)
    case service(ServiceRecord)
    case delivery(DeliveryRecord)
    /// Something was missed: everything has to be asked for again.
    case reset(reason: String)
    /// Of a kind that this version does not know.
    case other
  }

  /// `deployment`, `service`, `delivery`, `reset`.
  package var name: String
  package var id: String?
  package var json: String
  package var content: Content

  init(_ block: EventParser.Block) throws(APIFailure) {
    name = block.event
    id = block.id
    json = block.data
    struct Reset: Decodable { var reason: String }
    let data = Data(block.data.utf8)
    let decoder = JSONDecoder()
    do {
      content =
        switch block.event {
        case "deployment": .deployment(try decoder.decode(DeploymentRecord.self, from: data))
        case "service": .service(try decoder.decode(ServiceRecord.self, from: data))
        case "delivery": .delivery(try decoder.decode(DeliveryRecord.self, from: data))
        case "reset": .reset(reason: try decoder.decode(Reset.self, from: data).reason)
        default: .other
        }
    } catch {
      throw .notUnderstood(status: 200, "an event `\(block.event)` is not what the contract says")
    }
  }
}
