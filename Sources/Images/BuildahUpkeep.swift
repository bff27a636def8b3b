package import DeployModel
import FoundationEssentials
import Logging
import Posix

extension BuildahBuilder {
  /// Before the first build: ends what an earlier process left running, and removes what it left in
  /// the storage and in the private directories. Fails where no build could succeed.
  package func recover() async throws(BuildError) {
    try workspaces.sweep(instance: settings.instance)
    do {
      for directory in [settings.storageRoot, settings.runRoot] {
        try FileManager.default.createDirectory(
          atPath: directory, withIntermediateDirectories: true,
          attributes: [.posixPermissions: 0o700])
      }
    } catch {
      throw BuildError(
        code: .builderUnavailable,
        message: "the builder's directory cannot be written: \(error)", disposition: .giveUp)
    }
    let listing: ChildResult
    do throws(ChildError) {
      listing = try await BuildahCommand(settings: settings, workspace: nil)
        .process(["containers", "--all", "--quiet"], deadline: Self.housekeeping).run()
    } catch {
      throw BuilderFailure.child(error, code: .builderUnavailable)
    }
    guard listing.succeeded else {
      let lines = listing.errorText.split(whereSeparator: \.isNewline).map(String.init)
      throw BuildError(
        code: .builderUnavailable,
        message: "buildah cannot work in \(settings.stateDirectory): "
          + BuildahFailure.message(lines, listing.status),
        disposition: .giveUp)
    }
    await removeContainers(
      Set(listing.outputText.split(whereSeparator: \.isWhitespace).map(String.init)))
  }

  private struct StoredImage: Decodable {
    var id: String
    var names: [String]?
    /// Seconds since 1970.
    var created: Int64
  }

  /// R12: removes cached images that were made before `time`, as long as no build is under way;
  /// returns how many went. Layers that newer images stand on stay, and so do base images under
  /// the names by which Dockerfiles know them.
  package func prune(madeBefore time: Timestamp) async -> Int {
    guard
      let output = await quietly("images not listed", ["images", "--all", "--json", "--no-trunc"])
    else { return 0 }
    let images: [StoredImage]
    do {
      images = try JSONDecoder().decode([StoredImage].self, from: Data(output.utf8))
    } catch {
      logger.warning("buildah's list of images is not understood", metadata: ["error": "\(error)"])
      return 0
    }
    var count = 0
    for image in images
    where image.created * 1000 < time.milliseconds && (image.names ?? []).isEmpty {
      let id = image.id.hasPrefix("sha256:") ? image.id : "sha256:\(image.id)"
      guard await use.beginRemoval() else { break }
      if await !use.wasMadeLately(id, now: .now) {
        // No complaint: it may have gone along with one that stood on it.
        if await quietly(nil, ["rmi", "--", id]) != nil { count += 1 }
      }
      await use.endRemoval()
    }
    return count
  }
}
