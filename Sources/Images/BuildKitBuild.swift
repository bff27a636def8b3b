import DeployModel
import FoundationEssentials
import Posix

/// One build from prepared sources at one builder, which pushes the result by its digest and under
/// no tag: tags are given by whoever may decide about them (R8).
struct BuildKitBuild {
  let request: BuildRequest
  let sources: BuildSources
  let workspace: BuildWorkspace
  let secrets: BuildSecrets
  let command: BuildKitCommand
  let filter: BuildLogFilter

  /// What an attempt came to, other than an image.
  enum Outcome: Error {
    /// The builder went away, or never answered; another may do. Why, for people.
    case builderLost(String, mayPass: Bool)
    case failed(BuildError)
  }

  func run(
    at address: String, until end: ContinuousClock.Instant
  ) async throws(Outcome) -> ImageDigest {
    let metadata = workspace.file("metadata.json")
    let progress = ProgressBox()
    let status: ChildResult.Status
    do throws(ChildError) {
      let rest = max(.zero, end - ContinuousClock.now)
      status = try await command.process(at: address, arguments(metadata), deadline: rest)
        .run { [filter] in await filter.receive(await progress.receive($0)) }
    } catch {
      await filter.receive(await progress.finish())
      await filter.finish()
      if case .deadlineExceeded(let program, _) = error {
        throw .failed(
          BuilderFailure.child(.deadlineExceeded(program, request.deadline), code: .buildTimeout))
      }
      throw .failed(BuilderFailure.child(error, code: .builderUnavailable))
    }
    await filter.receive(await progress.finish())
    await filter.finish()
    guard status == .exited(0) else {
      throw await failure(at: address, status, await progress.value)
    }
    return try digest(metadata)
  }

  // MARK: Arguments

  /// Values are joined to their options: none can be taken for an option of its own.
  func arguments(_ metadata: String) -> [String] {
    let specification = request.specification
    var arguments = [
      "build", "--frontend=dockerfile.v0", "--progress=rawjson",
      "--local=context=\(sources.context)",
      "--local=dockerfile=\(workspace.dockerfileDirectory)",
      "--opt=filename=\(dockerfileName)", "--metadata-file=\(metadata)",
    ]
    if let target = specification.target { arguments.append("--opt=target=\(target)") }
    if !specification.platforms.isEmpty {
      arguments.append("--opt=platform=\(specification.platforms.joined(separator: ","))")
    }
    for (name, value) in request.arguments.sorted(by: { $0.key < $1.key }) {
      arguments.append("--opt=build-arg:\(name)=\(value)")
    }
    for (name, value) in request.labels.sorted(by: { $0.key < $1.key }) {
      arguments.append("--opt=label:\(name)=\(value)")
    }
    arguments += attestations
    arguments.append(
      "--output="
        + CSVLine.of(
          [
            "type=image", "name=\(request.repository)", "push=true", "push-by-digest=true",
            "name-canonical=true", "oci-mediatypes=true",
          ] + insecure(request.repository)))
    arguments += cacheOptions
    return arguments + secrets.options
  }

  var dockerfileName: String {
    request.specification.dockerfile.path.split(separator: "/").last.map(String.init)
      ?? "Dockerfile"
  }

  private var attestations: [String] {
    let wanted = command.settings.attestations
    var options: [String] = []
    if wanted.provenance != .none {
      options.append("--opt=attest:provenance=mode=\(wanted.provenance.rawValue)")
    }
    if wanted.sbom { options.append("--opt=attest:sbom=") }
    return options
  }

  /// A cache that is not there yet, or cannot be written, costs time and no build. A tag of each
  /// service's own: an export replaces what its tag had.
  private var cacheOptions: [String] {
    guard let cache = command.settings.cache else { return [] }
    let reference = ["type=registry", "ref=\(cache):\(request.service)"] + insecure(cache)
    return [
      "--import-cache=" + CSVLine.of(reference),
      "--export-cache=" + CSVLine.of(reference + ["mode=max", "ignore-error=true"]),
    ]
  }

  private func insecure(_ repository: ImageRepository) -> [String] {
    command.settings.access.accounts.account(for: repository.registry).insecure
      ? ["registry.insecure=true"] : []
  }

  // MARK: Results

  private struct Metadata: Decodable {
    var digest: String?
    enum CodingKeys: String, CodingKey { case digest = "containerimage.digest" }
  }

  private func digest(_ file: String) throws(Outcome) -> ImageDigest {
    do {
      if let bytes = FileManager.default.contents(atPath: file),
        let text = try JSONDecoder().decode(Metadata.self, from: bytes).digest,
        let digest = ImageDigest(text)
      {
        return digest
      }
    } catch {
      // Told below.
    }
    throw .failed(
      BuildError(
        code: .internalError, message: "buildctl did not say which digest it pushed",
        disposition: .bug))
  }

  /// A builder that does not answer now is what failed, whatever the words were. One that died and
  /// is back already shows in them: gRPC's code for a connection that ended.
  private func failure(
    at address: String, _ status: ChildResult.Status, _ progress: BuildKitProgress
  ) async -> Outcome {
    if progress.failure == nil {
      if let why = await BuildKitProbe(command: command).trouble(at: address) {
        return .builderLost(why.text, mayPass: why.mayPass)
      }
      if let error = progress.error, error.contains("code = Unavailable") {
        return .builderLost("it ended while it built: \(error)", mayPass: true)
      }
    }
    return .failed(
      await BuildKitFailure.shown(BuildKitFailure.of(progress, status), by: filter))
  }
}

/// The progress of one call, which comes on several threads.
private actor ProgressBox {
  private(set) var value = BuildKitProgress()

  func receive(_ bytes: [UInt8]) -> [UInt8] { value.receive(bytes) }
  func finish() -> [UInt8] { value.finish() }
}
