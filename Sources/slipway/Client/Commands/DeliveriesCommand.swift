import APIClient
import ArgumentParser
import DeployModel

/// `slipway deliveries [GUID]`
struct DeliveriesCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "deliveries",
    abstract: "List what GitHub sent and what became of it: why was mine not built?",
    discussion: """
      With a GUID, one delivery, and for each service the file and pattern that decided. With \
      --commit, the deliveries that brought that commit as the branch's new tip.
      """)

  @Argument(help: "GitHub's X-GitHub-Delivery.")
  var guid: String?

  @Option(help: ArgumentHelp("A commit, or the beginning of its id.", valueName: "sha"))
  var commit: String?

  @Option(
    name: [.customShort("n"), .long], help: "At most so many; with --commit, looked through.")
  var limit: Int?

  @OptionGroup var server: ServerOptions

  private static let usual = 20
  /// Five pages: some weeks of a busy repository.
  private static let searched = 1000

  func validate() throws {
    if let limit { try requireCount(limit, "--limit") }
    if guid != nil, commit != nil || limit != nil {
      throw ValidationError("a GUID names one delivery: leave out --commit and --limit")
    }
    if let commit {
      guard (4...40).contains(commit.utf8.count), commit.utf8.allSatisfy(isHexadecimal) else {
        throw ValidationError("--commit takes 4 to 40 hexadecimal digits, not '\(commit)'")
      }
      if server.json { throw ValidationError("--commit does not go with --json: use jq") }
    }
  }

  func run(_ session: Session) async throws {
    if let guid {
      session.show(try await session.api.delivery(guid)) { delivery in
        DeliveryView(delivery: delivery, now: now).lines(width: session.screen.width)
      }
      return
    }
    let answer = try await session.api.deliveries(
      limit: limit ?? (commit == nil ? Self.usual : Self.searched))
    let wanted = commit?.lowercased()
    let found = answer.value.items.filter { delivery in
      wanted.map { delivery.after.hasPrefix($0) } ?? true
    }
    if let commit, found.isEmpty {
      Terminal.error(
        "None of the newest \(answer.value.items.count) deliveries brought \(commit) as a tip. "
          + "A commit inside a push came with that push's tip.")
      throw ExitCode(1)
    }
    session.show(answer) { _ in
      if commit != nil, found.count == 1 {
        return found.flatMap {
          DeliveryView(delivery: $0, now: now).lines(width: session.screen.width)
        }
      }
      return DeliveriesView(deliveries: found, now: now).lines(width: session.screen.width)
    }
  }
}

/// `slipway redeliver GUID|ID`
struct RedeliverCommand: ClientCommand {
  static let configuration = CommandConfiguration(
    commandName: "redeliver",
    abstract: """
      Evaluate a delivery again that failed, was ignored or matched nothing; or send a notification \
      again.
      """)

  @Argument(help: "GitHub's X-GitHub-Delivery, or a notification's id such as n42.")
  var id: String

  @OptionGroup var reason: OptionalReasonOption
  @OptionGroup var server: ServerOptions

  func run(_ session: Session) async throws {
    // No forge's ids look like that: GUIDs have 32 digits and dashes.
    if NotificationID(id) != nil {
      session.show(try await session.api.redeliver(notification: id, reason.order)) { one in
        [StyledText("\(one.id)  ") + StateMark.of(notification: one.state)]
      }
      return
    }
    session.show(try await session.api.redeliver(id, reason.order)) { delivery in
      [StyledText("\(delivery.guid)  ") + StateMark.of(outcome: delivery.outcome)]
    }
  }
}

func isHexadecimal(_ byte: UInt8) -> Bool {
  isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
}
