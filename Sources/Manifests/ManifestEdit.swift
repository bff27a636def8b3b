package import DeployModel

/// One deployment's wish to stand in the manifests. Only an image that the registry has confirmed
/// can be wished for.
package struct ManifestEdit: Hashable, Sendable {
  package let deployment: Deployment
  package let image: PublishedImage
  package let location: ManifestLocation
  package let pin: ImagePin

  package init(
    deployment: Deployment, image: PublishedImage, location: ManifestLocation,
    pin: ImagePin = .tag
  ) {
    self.deployment = deployment
    self.image = image
    self.location = location
    self.pin = pin
  }

  package var id: DeploymentID { deployment.id }
  package var service: ServiceName { deployment.id.service }

  /// Subject, a blank line, the marker that keeps other automation quiet, and the facts as
  /// trailers. Part of the contract: people and R4 read it.
  package var message: String {
    let subject = Self.subject(
      of: service, to: image.tag.name, isRollback: deployment.cause.isRollback)
    var trailers = ["Image: \(image.repository):\(image.tag)", "Digest: \(image.digest)"]
    if let source = deployment.source { trailers.append("Source-Commit: \(source.commit)") }
    trailers.append("Deployment: \(id)")
    return "\(subject)\n\n[skip ci]\n\n\(trailers.joined(separator: "\n"))\n"
  }

  package static func subject(
    of service: ServiceName, to tag: String, isRollback: Bool
  ) -> String {
    isRollback
      ? "chore: rollback \(service) to \(tag)" : "chore: update \(service) image to \(tag)"
  }

  var kustomization: KustomizationEdit {
    KustomizationEdit(
      imageName: location.imageName, repository: image.repository, tag: image.tag,
      digest: image.digest, pin: pin)
  }
}

/// What became of an edit.
package enum WriteOutcome: Hashable, Sendable {
  /// The commit is on the branch. `changed` is false if the manifest said so already: the commit is
  /// then the last one that touched the file. Warnings are for the timeline.
  case landed(commit: CommitSHA, changed: Bool, warnings: [String])
  /// R9: a hold is in force.
  case held
  /// R5: something else counts.
  case superseded(by: DeploymentID?, reason: String)
  case failed(DeploymentFailure)
  /// The caller was cancelled, or the deployment is somebody else's now. If an attempt was under way,
  /// its commit may still be found on the branch: submit the edit again, and `previousIntents` will
  /// tell.
  case withdrawn
}
