package import DeployModel
package import Logging
import Posix

/// Signs with cosign, which keeps its signatures in the registry beside the image.
package struct CosignSigner: ImageSigner {
  private let settings: CosignSettings
  private let logger: Logger

  /// R12: what cosign itself allows (`--timeout`).
  private static let deadline = Duration.seconds(180)
  /// Somebody waits who wants to roll back.
  private static let verificationDeadline = Duration.seconds(60)
  private static let shortDeadline = Duration.seconds(20)

  package init(_ settings: CosignSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
  }

  /// Before the first signature: ends and removes what an earlier process left.
  package func recover() throws(RegistryError) {
    do throws(BuildError) {
      try workspaces.sweep(instance: settings.instance)
    } catch {
      throw RegistryError(error)
    }
  }

  /// Fails where nothing could be signed before somebody mends it.
  package func probe() async throws(RegistryError) {
    let result: ChildResult
    do throws(ChildError) {
      result = try await CosignCommand(settings: settings, workspace: nil)
        .process(["version"], deadline: Self.shortDeadline).run()
    } catch {
      throw unusable("\(error)")
    }
    guard result.succeeded else {
      throw unusable("`\(settings.program) version` failed: \(result.errorText.prefix(500))")
    }
    // cosign 1 and 2 say it on standard error, 3 on standard output.
    let version = (result.outputText + result.errorText).split(whereSeparator: \.isNewline)
      .first { $0.hasPrefix("GitVersion:") }?.split(separator: " ").last
    logger.notice(
      "images are signed with cosign", metadata: ["version": "\(version ?? "not told")"])
  }

  private func unusable(_ why: String) -> RegistryError {
    RegistryError(
      code: .signingUnavailable,
      message: "`cosign` is configured, and images cannot be signed: \(why). Install it where "
        + "Slipway runs, name it with `cosign.program`, or remove `cosign`",
      disposition: .giveUp)
  }

  package func sign(
    _ image: PublishedImage, isNew: Bool, log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(RegistryError) -> ImageSignature {
    try await withRegistry(of: image, log: log) { command throws(RegistryError) in
      if !isNew, try await isVerified(image, command) { return .present }
      let filter = BuildLogFilter(secrets: command.secrets, forward: log)
      let status = try await run(
        command, command.sign(image), deadline: Self.deadline, filter: filter)
      guard status == .exited(0) else {
        throw CosignFailure.signing(status, lastLines: await filter.lastLines, image)
      }
      try await verify(image, command, log: log)
      return .made
    }
  }

  package func verify(_ image: PublishedImage) async throws(RegistryError) {
    guard settings.verification != nil else { return }
    try await withRegistry(of: image, log: { _ in }) { command throws(RegistryError) in
      try await verify(image, command, log: { _ in })
    }
  }

  /// Not told apart why not: it is signed again then.
  private func isVerified(
    _ image: PublishedImage, _ command: CosignCommand
  ) async throws(RegistryError) -> Bool {
    guard settings.verification != nil else { return false }
    do throws(RegistryError) {
      try await verify(image, command, log: { _ in })
      return true
    } catch  where error.code == .signatureMissing {
      return false
    }
  }

  private func verify(
    _ image: PublishedImage, _ command: CosignCommand,
    log: @escaping @Sendable ([UInt8]) async -> Void
  ) async throws(RegistryError) {
    guard let wanted = settings.verification else { return }
    let filter = BuildLogFilter(secrets: command.secrets, forward: log)
    let status = try await run(
      command, command.verify(image, wanted), deadline: Self.verificationDeadline, filter: filter)
    guard status == .exited(0) else {
      throw CosignFailure.verification(status, lastLines: await filter.lastLines, image)
    }
  }

  private func run(
    _ command: CosignCommand, _ arguments: [String], deadline: Duration, filter: BuildLogFilter
  ) async throws(RegistryError) -> ChildResult.Status {
    do throws(ChildError) {
      let status = try await command.process(arguments, deadline: deadline)
        .run { await filter.receive($0) }
      await filter.finish()
      return status
    } catch {
      await filter.finish()
      throw CosignFailure.child(error)
    }
  }

  private func withRegistry<Value: Sendable>(
    of image: PublishedImage, log: @Sendable ([UInt8]) async -> Void,
    _ body: (CosignCommand) async throws(RegistryError) -> Value
  ) async throws(RegistryError) -> Value {
    let outcome: Result<Value, RegistryError>
    do throws(BuildError) {
      let known = try await PrivateWorkspaces.credentials(
        settings.accounts, for: image.repository, log: log)
      outcome = try await workspaces.with { workspace throws(BuildError) in
        try PrivateWorkspaces.writing { try workspace.writeDockerConfiguration(known) }
        do throws(RegistryError) {
          return .success(
            try await body(CosignCommand(settings: settings, workspace: workspace)))
        } catch {
          return .failure(error)
        }
      }
    } catch {
      throw RegistryError(error)
    }
    return try outcome.get()
  }

  private var workspaces: PrivateWorkspaces {
    PrivateWorkspaces(
      root: "\(settings.stateDirectory)/tmp", secret: { _, _ in [] }, logger: logger)
  }
}

extension RegistryError {
  fileprivate init(_ error: BuildError) {
    self.init(code: error.code, message: error.message, disposition: error.disposition)
  }
}
