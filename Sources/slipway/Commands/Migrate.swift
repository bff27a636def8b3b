import ArgumentParser
import DeployModel
import FoundationEssentials
import Store

/// `slipway migrate`: brings the history from SQLite to PostgreSQL, or back.
struct Migrate: AsyncParsableCommand {
  enum Destination: String, ExpressibleByArgument, CaseIterable {
    case postgres, sqlite
  }

  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Copy everything that is kept from SQLite to PostgreSQL, or back.",
    discussion: """
      Copies between the database in state.directory and the one that state.postgres.url names. Stop \
      Slipway first, every replica of it. The destination must be empty; it is made and brought up to \
      date if need be. All is copied, or nothing; what is copied stays where it was.
      """)

  @Option(name: .shortAndLong, help: "The configuration file; it has to have `state.postgres`.")
  var config = "slipway.yaml"

  @Option(help: "Where it goes: postgres or sqlite.")
  var to: Destination

  func run() async throws {
    let state: StateSettings
    do throws(ConfigurationErrors) {
      state = try Configuration.load(
        file: config, environment: ProcessInfo.processInfo.environment
      ).state
    } catch {
      Terminal.error("\(error)")
      throw ExitCode(1)
    }
    guard let url = state.postgres?.exposed else {
      Terminal.error(
        "\(config): `state.postgres` is missing: add it with the database's URL, also to come back "
          + "from there; for SQLite take it out afterwards")
      throw ExitCode(1)
    }
    let sqlite = Place(
      name: "\(state.directory)/\(SQLiteStore.fileName)",
      place: .sqlite(directory: state.directory))
    let postgres = Place(name: "PostgreSQL (state.postgres.url)", place: .postgres(url: url))
    do {
      let lock = try StateLock(directory: state.directory)
      switch to {
      case .postgres:
        try requireFile(in: state.directory)
        try copy(from: sqlite, to: postgres)
      case .sqlite: try copy(from: postgres, to: sqlite)
      }
      withExtendedLifetime(lock) {}
    } catch {
      Terminal.error("slipway migrate: \(error)")
      throw ExitCode(1)
    }
  }

  private struct Place {
    var name: String
    var place: StorePlace
  }

  private struct Trouble: Error, CustomStringConvertible {
    var description: String
  }

  /// Opening would make one.
  private func requireFile(in directory: String) throws(Trouble) {
    let path = "\(directory)/\(SQLiteStore.fileName)"
    guard FileManager.default.fileExists(atPath: path) else {
      throw Trouble(description: "\(path) is not there: nothing to copy")
    }
  }

  private func copy(from source: Place, to target: Place) throws(Trouble) {
    let copy = StoreCopy(from: try open(source), to: try open(target))
    let tables: [StoreCopy.Table]
    do throws(StoreError) {
      tables = try copy.run { table in
        if table.rows > 0 { Terminal.line("\(table.name): \(table.rows)") }
      }
    } catch {
      if case .conflict(let reason) = error {
        throw Trouble(description: "\(target.name): \(reason). Nothing was copied")
      }
      throw Trouble(description: "\(error). Nothing was copied")
    }
    let rows = tables.reduce(0) { $0 + $1.rows }
    Terminal.line(
      """
      Copied \(rows) rows from \(source.name) to \(target.name).
      \(next)
      """)
  }

  private var next: String {
    switch to {
    case .postgres: "Start Slipway: with state.postgres in its configuration it goes on from there."
    case .sqlite: "Take state.postgres out of the configuration, and start Slipway."
    }
  }

  private func open(_ place: Place) throws(Trouble) -> any SQLConnection {
    do throws(StoreError) {
      return try place.place.open()
    } catch {
      if case .conflict(let reason) = error {
        throw Trouble(description: "\(place.name): \(reason)")
      }
      throw Trouble(description: "\(error)")
    }
  }
}
