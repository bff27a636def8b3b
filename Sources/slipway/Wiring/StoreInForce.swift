import DeployModel
import Logging
import Pipeline
import Store

/// The store that the configuration names, and what ties this process to others that share it.
struct StoreInForce: Sendable {
  let store: any DeploymentStore & SessionStore
  /// Nil: this process is alone with its store.
  private let channel: PostgresChannel?

  var isShared: Bool { channel != nil }

  /// Blocks: for start-up.
  ///
  /// - Parameter name: of this process.
  init(_ settings: StateSettings, name: String) throws(StoreError) {
    if let url = settings.postgres?.exposed {
      store = try PostgresStore(url: url)
      channel = PostgresChannel(url: url, name: name)
    } else {
      store = try SQLiteStore(directory: settings.directory)
      channel = nil
    }
  }

  /// What the bus tells the other processes.
  var relay: (@Sendable (PipelineEvent) -> Void)? {
    guard let channel else { return nil }
    return { event in channel.send(event.text) }
  }

  /// What they tell is heard by the pipeline from now on.
  func connect(to pipeline: Pipeline, logger: Logger) {
    channel?.listen(
      PostgresChannel.Handlers(
        receive: { messages in
          Task { await pipeline.hear(messages.compactMap { PipelineEvent(text: $0) }) }
        },
        missed: { Task { await pipeline.missedEvents() } },
        lost: { reason in
          logger.warning(
            "other processes are not heard: PostgreSQL is asked again until it answers",
            metadata: ["reason": "\(reason)"])
        }))
  }
}
