import ArgumentParser
import FoundationEssentials
import Glibc
import HTTPServer
import Logging
import Pipeline
import Posix
import RESTAPI
import UnixSignals

/// `slipway serve`: runs until SIGTERM or SIGINT, and takes a new configuration on SIGHUP.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Receive pushes, build, commit and keep the history.")

  @Option(name: .shortAndLong, help: "The configuration file.")
  var config = "slipway.yaml"

  /// What is in flight may end; then the process does, whatever remains.
  private static let drainTime: Duration = .seconds(20)

  func run() async throws {
    signal(SIGPIPE, SIG_IGN)
    // Before the file is read: who has changed it since is not overheard, and ends nothing.
    let reloads = await UnixSignalsSequence(trapping: .sighup)
    let configuration: Configuration
    do {
      configuration = try loadConfiguration()
    } catch {
      Terminal.error("\(error)")
      throw ExitCode(1)
    }
    let clock = SystemWallClock()
    let settings = configuration.logging
    LoggingSystem.bootstrap { label in
      StructuredLogHandler(
        label: label, format: settings.format == .json ? .json : .logfmt, level: settings.level,
        clock: clock)
    }
    let logger = Logger(label: "slipway")
    report(configuration.remarks, to: logger)
    makeRoom(forConnections: configuration.server.limits.connections, logger: logger)
    do {
      let installation = try await Installation(configuration, clock: clock, logger: logger)
      try await run(installation, configuration, reloads, logger: logger)
    } catch {
      Terminal.error("slipway serve: \(error)")
      throw ExitCode(1)
    }
  }

  /// For files, pipes and databases, beside the connections.
  private static let otherDescriptors = 512

  private func makeRoom(forConnections count: Int, logger: Logger) {
    do throws(PosixError) {
      let limit = try DescriptorLimit.raise(to: count + Self.otherDescriptors)
      guard limit < count + Self.otherDescriptors else { return }
      logger.warning(
        "the limit on open files is below server.limits.connections: raise it (LimitNOFILE, ulimit -n)",
        metadata: ["limit": "\(limit)", "connections": "\(count)"])
    } catch {
      logger.warning("the limit on open files stays as it is", metadata: ["error": "\(error)"])
    }
  }

  private func report(_ remarks: [ConfigurationProblem], to logger: Logger) {
    for remark in remarks {
      logger.notice("configuration", metadata: ["remark": "\(remark)"])
    }
  }

  private func loadConfiguration() throws(ConfigurationErrors) -> Configuration {
    try Configuration.load(file: config, environment: ProcessInfo.processInfo.environment)
  }

  private func run(
    _ installation: Installation, _ configuration: Configuration, _ reloads: UnixSignalsSequence,
    logger: Logger
  ) async throws {
    let ends = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let address: SocketAddress
    do throws(PosixError) {
      address = try installation.server.start()
    } catch {
      throw CannotListen(address: configuration.server.listen, cause: error)
    }
    let scheme = configuration.server.tls.isEmpty ? "http" : "https"
    logger.notice(
      "listening",
      metadata: [
        "address": "\(address)",
        "dashboard": "\(configuration.server.publicURL?.text ?? "\(scheme)://\(address)")",
      ])
    let work = Task { try await installation.run() }
    let endedByItself = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        var asked = ends.makeAsyncIterator()
        _ = await asked.next()
        return false
      }
      group.addTask {
        await reload(at: reloads, installation, configuration, logger: logger)
        return false
      }
      group.addTask {
        _ = await withTaskCancellationHandler {
          await work.result
        } onCancel: {
          work.cancel()
        }
        return true
      }
      defer { group.cancelAll() }
      return await group.next() ?? true
    }
    logger.notice("stopping", metadata: ["pipelineEnded": "\(endedByItself)"])
    installation.probes.beginDraining()
    installation.longAnswers.end()
    await installation.server.stop(within: Self.drainTime)
    work.cancel()
    try await work.value
    logger.notice("stopped")
  }

  struct CannotListen: Error, CustomStringConvertible {
    var address: ListenAddress
    var cause: PosixError
    var description: String { "server.listen: \(address) cannot be listened on: \(cause)" }
  }

  /// Takes a new configuration at each of these signals, until it is cancelled.
  private func reload(
    at signals: UnixSignalsSequence, _ installation: Installation, _ first: Configuration,
    logger: Logger
  ) async {
    var inForce = first
    for await _ in signals {
      let next: Configuration
      do {
        next = try loadConfiguration()
      } catch {
        logger.error(
          "the new configuration is wrong; the old one stays in force",
          metadata: ["errors": "\(error)"])
        continue
      }
      report(next.remarks, to: logger)
      do {
        let differences = next.differences(from: inForce)
        inForce = next
        try await installation.reload(next)
        logger.notice(
          "configuration reloaded",
          metadata: [
            "added": "\(differences.added.sorted())", "removed": "\(differences.removed.sorted())",
            "changed": "\(differences.changed.sorted())",
            "needsRestart": "\(next.differences(from: first).needsRestart)",
          ])
      } catch {
        logger.error(
          "the new configuration is in force, but not all that follows from it could be done",
          metadata: ["error": "\(error)"])
      }
    }
  }
}
