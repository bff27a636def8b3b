package import DeployModel

/// What rollbacks, R5(c) and the reuse of images look back on.
extension SQLStore {
  package func overruling(
    _ service: ServiceName, after sequence: Int64, onceLanded: Bool
  ) async throws(StoreError) -> DeploymentID? {
    try await readers.read { connection throws(StoreError) in
      try connection.overruling(service, after: sequence, onceLanded: onceLanded)
    }
  }

  package func landed(
    _ service: ServiceName, limit: Int
  ) async throws(StoreError) -> [Deployment] {
    try await readers.read { connection throws(StoreError) in
      let current = try connection.serviceState(of: service).current?.deployment
      return try connection.all(
        SQL.selectLanded,
        [
          .text(service), .integer(current?.number ?? 0), .integer(StoreLimits.page(limit)),
        ]
      ) { row throws(StoreError) in try row.deployment() }
    }
  }

  package func landed(
    _ service: ServiceName, tag: ImageTag
  ) async throws(StoreError) -> Deployment? {
    try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectLandedByTag, [.text(service), .text(tag)]) {
        row throws(StoreError) in try row.deployment()
      }
    }
  }

  package func deployment(
    of service: ServiceName, tag: ImageTag
  ) async throws(StoreError) -> Deployment? {
    try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectByTag, [.text(service), .text(tag)]) {
        row throws(StoreError) in try row.deployment()
      }
    }
  }

  package func published(
    _ service: ServiceName, inputs: InputDigest, since time: Timestamp
  ) async throws(StoreError) -> Deployment? {
    try await readers.read { connection throws(StoreError) in
      try connection.first(SQL.selectPublished, [.text(service), .text(inputs), .time(time)]) {
        row throws(StoreError) in try row.deployment()
      }
    }
  }
}

extension SQLConnection {
  func overruling(
    _ service: ServiceName, after sequence: Int64, onceLanded: Bool
  ) throws(StoreError) -> DeploymentID? {
    try first(
      SQL.selectOverruling, [.text(service), .integer(sequence), .flag(onceLanded)]
    ) {
      row throws(StoreError) in
      DeploymentID(service: service, number: try row.count("number"))
    }
  }
}
