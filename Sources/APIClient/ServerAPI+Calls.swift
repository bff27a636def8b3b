/// One function for each call. Which failures a call may have stands in `openapi.yaml`.
extension ServerAPI {
  /// The contract's limit of a page.
  package static let pageLimit = 200

  // MARK: Services

  /// All of them, page by page.
  package func services() async throws(APIFailure) -> Answer<ListRecord<ServiceRecord>> {
    var pages: [Answer<ListRecord<ServiceRecord>>] = []
    var cursor: String?
    repeat {
      let page: Answer<ListRecord<ServiceRecord>> = try await get(
        .listServices, query: Self.page(limit: Self.pageLimit, cursor: cursor))
      pages.append(page)
      cursor = page.value.nextCursor
    } while cursor != nil
    return RawList.joined(pages)
  }

  package func service(_ name: String) async throws(APIFailure) -> Answer<ServiceRecord> {
    try await get(.getService, name)
  }

  package func placeHold(
    on service: String, _ order: HoldOrder
  ) async throws(APIFailure) -> Answer<ServiceRecord> {
    try await post(.placeHold, service, body: order)
  }

  package func releaseHold(
    of service: String, _ order: ReasonOrder
  ) async throws(APIFailure) -> Answer<ServiceRecord> {
    try await post(.releaseHold, service, body: order)
  }

  package func rollout(of service: String) async throws(APIFailure) -> Answer<RolloutRecord> {
    try await get(.getRollout, service)
  }

  package func sync(
    _ service: String, _ order: ReasonOrder
  ) async throws(APIFailure) -> Answer<RolloutRecord> {
    try await post(.syncService, service, body: order)
  }

  // MARK: Deployments

  /// Newest first.
  ///
  /// - Parameter service: nil for those of all services.
  package func deployments(
    of service: String? = nil, states: [String] = [], causes: [String] = [], limit: Int,
    cursor: String? = nil
  ) async throws(APIFailure) -> Answer<ListRecord<DeploymentRecord>> {
    var pages: [Answer<ListRecord<DeploymentRecord>>] = []
    var cursor = cursor
    var left = limit
    repeat {
      let query =
        states.map { ("state", $0) } + causes.map { ("cause", $0) }
        + Self.page(limit: min(left, Self.pageLimit), cursor: cursor)
      let page: Answer<ListRecord<DeploymentRecord>> =
        if let service {
          try await get(.listServiceDeployments, service, query: query)
        } else {
          try await get(.listDeployments, query: query)
        }
      pages.append(page)
      left -= page.value.items.count
      cursor = page.value.nextCursor
    } while cursor != nil && left > 0
    return RawList.joined(pages)
  }

  package func deployment(_ id: String) async throws(APIFailure) -> Answer<DeploymentRecord> {
    try await get(.getDeployment, id)
  }

  package func deploy(
    _ service: String, _ order: DeployOrder
  ) async throws(APIFailure) -> Answer<DeploymentRecord> {
    try await post(.deploy, service, body: order)
  }

  package func rollBack(
    _ service: String, _ order: RollbackOrder
  ) async throws(APIFailure) -> Answer<DeploymentRecord> {
    try await post(.rollBack, service, body: order)
  }

  /// For an order whose strategy is not git's.
  package func rollBackDirectly(
    _ service: String, _ order: RollbackOrder, dryRun: Bool = false
  ) async throws(APIFailure) -> Answer<DirectRollbackRecord> {
    var order = order
    if dryRun { order.dryRun = true }
    return try await post(.rollBack, service, body: order)
  }

  /// What that order would commit. Nothing has changed.
  package func preview(
    _ service: String, _ order: DeployOrder
  ) async throws(APIFailure) -> Answer<PreviewRecord> {
    var order = order
    order.dryRun = true
    return try await post(.deploy, service, body: order)
  }

  package func preview(
    _ service: String, _ order: RollbackOrder
  ) async throws(APIFailure) -> Answer<PreviewRecord> {
    var order = order
    order.dryRun = true
    return try await post(.rollBack, service, body: order)
  }

  package func comparison(
    from: String, to: String
  ) async throws(APIFailure) -> Answer<ComparisonRecord> {
    try await get(.compareDeployments, query: [("from", from), ("to", to)])
  }

  package func cancel(
    _ id: String, _ order: ReasonOrder
  ) async throws(APIFailure) -> Answer<DeploymentRecord> {
    try await post(.cancelDeployment, id, body: order)
  }

  package func retry(
    _ id: String, _ order: ReasonOrder
  ) async throws(APIFailure) -> Answer<DeploymentRecord> {
    try await post(.retryDeployment, id, body: order)
  }

  // MARK: Deliveries

  package func deliveries(
    limit: Int, cursor: String? = nil
  ) async throws(APIFailure) -> Answer<ListRecord<DeliveryRecord>> {
    var pages: [Answer<ListRecord<DeliveryRecord>>] = []
    var cursor = cursor
    var left = limit
    repeat {
      let page: Answer<ListRecord<DeliveryRecord>> = try await get(
        .listDeliveries, query: Self.page(limit: min(left, Self.pageLimit), cursor: cursor))
      pages.append(page)
      left -= page.value.items.count
      cursor = page.value.nextCursor
    } while cursor != nil && left > 0
    return RawList.joined(pages)
  }

  package func delivery(_ guid: String) async throws(APIFailure) -> Answer<DeliveryRecord> {
    try await get(.getDelivery, guid)
  }

  package func redeliver(
    _ guid: String, _ order: ReasonOrder
  ) async throws(APIFailure) -> Answer<DeliveryRecord> {
    try await post(.redeliver, guid, body: order)
  }

  // MARK: Notifications

  /// Newest first.
  package func notifications(
    states: [String], limit: Int
  ) async throws(APIFailure) -> Answer<ListRecord<NotificationRecord>> {
    var pages: [Answer<ListRecord<NotificationRecord>>] = []
    var cursor: String?
    var left = limit
    repeat {
      let page: Answer<ListRecord<NotificationRecord>> = try await get(
        .listNotifications,
        query: states.map { ("state", $0) }
          + Self.page(limit: min(left, Self.pageLimit), cursor: cursor))
      pages.append(page)
      left -= page.value.items.count
      cursor = page.value.nextCursor
    } while cursor != nil && left > 0
    return RawList.joined(pages)
  }

  package func redeliver(
    notification id: String, _ order: ReasonOrder
  ) async throws(APIFailure) -> Answer<NotificationRecord> {
    try await post(.redeliverNotification, id, body: order)
  }

  // MARK: Measures and plans

  package func stats(
    of services: [String], window: String?
  ) async throws(APIFailure) -> Answer<StatsRecord> {
    try await get(
      .getStats,
      query: services.map { ("service", $0) } + (window.map { [("window", $0)] } ?? []))
  }

  package func plan(_ order: PlanOrder) async throws(APIFailure) -> Answer<PlanRecord> {
    try await post(.plan, body: order)
  }

  private static func page(limit: Int, cursor: String?) -> [(String, String)] {
    [("limit", "\(limit)")] + (cursor.map { [("cursor", $0)] } ?? [])
  }
}
