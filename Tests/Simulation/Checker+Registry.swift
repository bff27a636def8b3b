import DeployModel
import Pipeline
import PipelineKit
import TestKit

extension Checker {
  func repository(_ service: String) throws -> ImageRepository {
    guard
      let image = town.world.configuration.current.services[try town.name(service)]?.image
    else { throw ShellFailure("no image for \(service)") }
    return image
  }

  /// R8: a tag other than `latest` never moves.
  func checkTags() throws {
    for service in Town.services {
      for (tag, digest) in town.world.registry.tags(of: try repository(service))
      where tag.name != "latest" {
        let name = "\(service):\(tag.name)"
        if let before = tags[name], before != digest {
          throw Violation("R8", "\(name) moved from \(before) to \(digest)")
        }
        tags[name] = digest
      }
    }
  }

  /// R8: what is committed is in the registry under each of its tags, with the digest that was built.
  func checkImage(_ commit: Commit, _ records: [String: Deployment]) throws {
    guard let owner = commit.trailer("Deployment"), let record = records[owner],
      let path = commit.changed.first, let text = town.manifests.text(path, at: commit.sha),
      let tag = tag(in: text), let image = record.image
    else { throw Violation("R8", "\(commit.sha) has no image") }
    let service = record.id.service.description
    guard path == kustomization(service), image.tag.name == tag,
      commit.trailer("Image") == "\(try repository(service)):\(tag)",
      commit.trailer("Digest") == image.digest.text
    else { throw Violation("R8", "\(commit.sha) does not say what \(owner) is") }
    for name in image.tags.map(\.name) + [tag] {
      guard tags["\(service):\(name)"] == image.digest else {
        throw Violation("R8", "\(owner) landed, and the registry does not have \(name)")
      }
    }
    guard !record.cause.isRollback, let source = record.source?.commit.hex else { return }
    guard tag.hasPrefix(source.prefix(7)),
      image.tags.contains(where: { $0.name.hasPrefix("sha-\(source)") })
    else { throw Violation("R8", "\(owner) of \(source) has the tags \(image.tags)") }
    let inputs = inputs(of: service, at: source)
    if let others = contents[image.digest], others != inputs {
      throw Violation("R8", "\(owner) of \(source) has an image that was built from other files")
    }
    contents[image.digest] = inputs
  }

  /// Each build has a digest of its own here: so what has the same was built from the same.
  private func inputs(of service: String, at source: String) -> [String: String] {
    (town.sources.commits[source]?.blobs ?? [:]).filter { $0.key.hasPrefix("\(service)/") }
  }

  /// R5: `latest` names what is deployed, or the timeline says that it could not be moved.
  func checkLatest(
    _ service: String, of record: Deployment, is image: PublishedImage
  ) async throws {
    let repository = try repository(service)
    let registry = town.world.registry
    if town.registryWasDown,
      try await town.world.store.timeline(record.id).contains(where: {
        $0.reason.hasPrefix("warning: the tag latest")
      })
    {
      return
    }
    let isLatest = try await comes(afterAtMost: 1000) {
      registry.tags(of: repository).first { $0.key.name == "latest" }?.value == image.digest
    }
    guard isLatest else { throw Violation("R5", "latest of \(service) is not \(image.tag.name)") }
  }
}
