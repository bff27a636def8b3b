import DeployModel

extension SQLConnection {
  /// `BehindRule`, from the rows that it speaks of.
  func behind(_ undeployed: Undeployed, of service: ServiceName) throws(StoreError) -> Behind? {
    let rows = try all(
      SQL.selectCarriers, [.text(service), .integer(undeployed.number)]
    ) { row throws(StoreError) in
      (sequence: try row.integer("sequence"), carrier: try row.carrier())
    }
    var carriers: [BehindRule.Carrier] = []
    for (sequence, carrier) in rows {
      var carrier = carrier
      if carriers.isEmpty, carrier.state.isFinal {
        carrier.end = try lastWords(of: sequence)
      }
      carriers.append(carrier)
    }
    return BehindRule.behind(
      undeployed.wanted, carriers: carriers, landed: try lastLanded(of: service))
  }

  private func lastWords(of sequence: Int64) throws(StoreError) -> String {
    try first(SQL.selectLastTransition, [.integer(sequence)]) { row throws(StoreError) in
      try row.text("reason")
    } ?? ""
  }

  private func lastLanded(of service: ServiceName) throws(StoreError) -> BehindRule.Landed? {
    try first(SQL.selectLastLanded, [.text(service)]) { row throws(StoreError) in
      BehindRule.Landed(
        id: DeploymentID(service: service, number: try row.count("number")),
        cause: try row.value("cause", DeploymentCause.init(rawValue:)),
        reason: try row.text("reason"), at: try row.time("updated_at"))
    }
  }
}

extension SQLRow {
  fileprivate func carrier() throws(StoreError) -> BehindRule.Carrier {
    BehindRule.Carrier(
      id: try deploymentID(), state: try value("state", DeploymentState.init(rawValue:)),
      updatedAt: try time("updated_at"), hasLanded: try textIfAny("manifest_commit") != nil,
      end: "")
  }
}
