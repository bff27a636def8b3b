import DeployModel

extension SQLRow {
  /// Without its matches and deployments, which are rows of their own.
  func delivery() throws(StoreError) -> Delivery {
    Delivery(
      guid: try value("guid", DeliveryGUID.read), sequence: try integer("sequence"),
      event: try text("event"), receivedAt: try time("received_at"),
      repository: try valueIfAny("repository", RepositoryName.init), ref: try text("ref"),
      before: try text("before_commit"), after: try text("after_commit"),
      forced: try flag("forced"), pusher: try text("pusher"),
      bodySHA256: try text("body_sha256"),
      outcome: try value("outcome", DeliveryOutcome.init(rawValue:)), reason: try text("reason"),
      attempts: try count("attempts"))
  }

  func pendingPush() throws(StoreError) -> PendingPush {
    PendingPush(
      delivery: try value("guid", DeliveryGUID.read), sequence: try integer("sequence"),
      event: PushEvent(
        repository: try value("repository", RepositoryName.init),
        branch: try value("ref", BranchName.init(ref:)),
        before: try value("before_commit", CommitSHA.init),
        after: try value("after_commit", CommitSHA.init),
        forced: try flag("forced"), pusher: try text("pusher")),
      attempts: try count("attempts"), isByItself: try flag("by_itself"))
  }

  func serviceMatch() throws(StoreError) -> ServiceMatch {
    ServiceMatch(
      service: try value("service", ServiceName.init), triggered: try flag("triggered"),
      file: try textIfAny("file"), pattern: try textIfAny("pattern"), reason: try text("reason"))
  }
}

extension Delivery {
  /// The deliveries that wait must be ones that can be evaluated; a row that cannot be read back
  /// would block its branch for ever.
  func checkEvaluable() throws(StoreError) {
    guard repository != nil, BranchName(ref: ref) != nil, CommitSHA(before) != nil,
      CommitSHA(after) != nil
    else { throw .bug("delivery \(guid) cannot be pending: it names no push to a branch") }
  }
}
