import DeployModel

/// An event as other processes are told of it: a word and a name.
extension PipelineEvent {
  package var text: String {
    switch self {
    case .deployment(let id): "deployment \(id)"
    case .log(let id): "log \(id)"
    case .service(let name): "service \(name)"
    case .delivery(let guid): "delivery \(guid)"
    }
  }

  /// Nil for what this release does not know: another may run beside it.
  package init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "deployment":
      guard let id = DeploymentID(parts[1]) else { return nil }
      self = .deployment(id)
    case "log":
      guard let id = DeploymentID(parts[1]) else { return nil }
      self = .log(id)
    case "service":
      guard let name = ServiceName(parts[1]) else { return nil }
      self = .service(name)
    case "delivery":
      guard let guid = DeliveryGUID(parts[1]) else { return nil }
      self = .delivery(guid)
    default: return nil
    }
  }
}
