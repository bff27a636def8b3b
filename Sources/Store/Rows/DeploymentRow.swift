import DeployModel

/// A deployment, and who works on it.
struct DeploymentRecord {
  var deployment: Deployment
  var leaseOwner: String?
  var leaseUntil: Timestamp?

  /// Run out or not, a lease is its owner's until somebody else takes it.
  func isCommitted(by owner: String) -> Bool {
    deployment.state == .committing && leaseOwner == owner
  }
}

extension SQLRow {
  func deploymentRecord() throws(StoreError) -> DeploymentRecord {
    DeploymentRecord(
      deployment: try deployment(), leaseOwner: try textIfAny("lease_owner"),
      leaseUntil: try timeIfAny("lease_until"))
  }

  func deploymentID() throws(StoreError) -> DeploymentID {
    DeploymentID(service: try value("service", ServiceName.init), number: try count("number"))
  }

  func deployment() throws(StoreError) -> Deployment {
    let id = try deploymentID()
    return Deployment(
      id: id,
      sequence: try integer("sequence"),
      basisSequence: try integer("basis_sequence"),
      state: try value("state", DeploymentState.init(rawValue:)),
      cause: try value("cause", DeploymentCause.init(rawValue:)),
      actor: try text("actor"),
      reason: try text("reason"),
      createdAt: try time("created_at"),
      updatedAt: try time("updated_at"),
      finishedAt: try timeIfAny("finished_at"),
      source: try source(),
      image: try image(of: id.service),
      imageGivenUpAt: try timeIfAny("image_condemned_at"),
      inputDigest: try valueIfAny("input_digest", InputDigest.init),
      location: try location(),
      manifestCommit: try valueIfAny("manifest_commit", CommitSHA.init),
      trigger: try trigger(),
      rollbackOf: try reference("rollback_of", in: id.service),
      rolledBackFrom: try reference("rolled_back_from", in: id.service),
      retryOf: try reference("retry_of", in: id.service),
      supersededBy: try reference("superseded_by", in: id.service),
      rebuild: try flag("rebuild"),
      released: try flag("released"),
      overrideHold: try flag("override_hold"),
      recovered: try flag("recovered"),
      failure: try failure())
  }

  /// Deployments name others of their own service by number.
  private func reference(
    _ column: String, in service: ServiceName
  ) throws(StoreError) -> DeploymentID? {
    try integerIfAny(column).map { DeploymentID(service: service, number: Int($0)) }
  }

  func source() throws(StoreError) -> Source? {
    guard let commit = try valueIfAny("source_commit", CommitSHA.init) else { return nil }
    return Source(
      repository: try value("source_repository", RepositoryName.init),
      branch: try value("source_branch") { BranchName($0) }, commit: commit,
      subject: try text("source_subject"), author: try text("source_author"),
      committedAt: try time("source_committed_at"))
  }

  private func image(of service: ServiceName) throws(StoreError) -> PublishedImage? {
    guard let digest = try valueIfAny("image_digest", ImageDigest.init) else { return nil }
    return PublishedImage(
      repository: try value("image_repository", ImageRepository.init),
      tag: try value("image_tag", ImageTag.init), digest: digest,
      tags: try value("image_tags", Self.tags),
      reusedFrom: try reference("image_reused_from", in: service))
  }

  private static func tags(_ text: String) -> [ImageTag]? {
    let words = text.split(separator: " ")
    let tags = words.compactMap { ImageTag($0) }
    return tags.count == words.count ? tags : nil
  }

  private func location() throws(StoreError) -> ManifestLocation? {
    guard let repository = try valueIfAny("manifest_repository", RepositoryName.init) else {
      return nil
    }
    return ManifestLocation(
      repository: repository, branch: try value("manifest_branch") { BranchName($0) },
      path: try value("manifest_path", RepositoryPath.init), imageName: try text("manifest_image"))
  }

  private func trigger() throws(StoreError) -> DeploymentTrigger? {
    guard let file = try textIfAny("trigger_file") else { return nil }
    return DeploymentTrigger(
      delivery: try valueIfAny("trigger_delivery", DeliveryGUID.init), file: file,
      pattern: try text("trigger_pattern"))
  }

  private func failure() throws(StoreError) -> DeploymentFailure? {
    guard let code = try valueIfAny("failure_code", FailureCode.init(rawValue:)) else {
      return nil
    }
    return DeploymentFailure(
      stage: try value("failure_stage", DeploymentState.init(rawValue:)), code: code,
      message: try text("failure_message"))
  }
}

extension DeploymentID {
  /// The number by which a deployment of `service` names this one.
  func number(in service: ServiceName) throws(StoreError) -> Int {
    guard self.service == service else {
      throw .bug("\(self) is no deployment of \(service)")
    }
    return number
  }
}

extension SQLValue {
  /// How a deployment of `service` names another.
  static func reference(
    _ id: DeploymentID?, in service: ServiceName
  ) throws(StoreError) -> SQLValue {
    guard let id else { return .null }
    return .integer(try id.number(in: service))
  }

  /// Repository, branch, path and the entry's name.
  static func columns(of location: ManifestLocation?) -> [SQLValue] {
    guard let location else { return [.null, .null, .null, .null] }
    return [
      .text(location.repository), .text(location.branch), .text("\(location.path)"),
      .text(location.imageName),
    ]
  }

  /// Repository, tag, digest, tags and what it was reused from.
  static func columns(
    of image: PublishedImage?, in service: ServiceName
  ) throws(StoreError) -> [SQLValue] {
    guard let image else { return [.null, .null, .null, .null, .null] }
    let tags = image.tags.map(\.name).joined(separator: " ")
    let origin = try reference(image.reusedFrom, in: service)
    return [
      .text(image.repository), .text(image.tag), .text(image.digest), .text(tags), origin,
    ]
  }
}
