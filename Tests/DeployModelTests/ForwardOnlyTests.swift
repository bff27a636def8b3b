import DeployModel
import Testing

@Suite("R5: forward only")
struct ForwardOnlyTests {
  static let newer = sha("b")
  static let rollback = DeploymentID("backend-7")

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var facts: ForwardOnly.Facts
    var decision: Outcome
  }

  enum Outcome: Sendable { case land, hold, supersede }

  static func facts(
    _ cause: DeploymentCause = .push, rebuild: Bool = false, released: Bool = false,
    overrideHold: Bool = false, hold: Bool = false, onBranch: Bool = true,
    _ relation: ForwardOnly.Relation = .deployedIsOlderOrGone, overruled: Bool = false,
    changesImage: Bool = false
  ) -> ForwardOnly.Facts {
    ForwardOnly.Facts(
      cause: cause, rebuild: rebuild, released: released, overrideHold: overrideHold,
      holdInForce: hold, sourceIsOnBranch: onBranch, relation: relation,
      overruledBy: overruled ? rollback : nil, changesImage: changesImage)
  }

  static func row(_ sentence: String, _ facts: ForwardOnly.Facts, _ outcome: Outcome) -> Row {
    Row(testDescription: sentence, facts: facts, decision: outcome)
  }

  static let rows = [
    row("a newer source lands", facts(), .land),
    row("the first ever lands", facts(.push, .unknown), .land),
    row("(a) a source that left the branch does not land", facts(onBranch: false), .supersede),
    row("(b) an older source does not land", facts(.push, .deployedIsNewer(newer)), .supersede),
    row(
      "(b) what is deployed left the branch, so the older source lands",
      facts(.push, .deployedIsOlderOrGone), .land),
    row("(c) a later rollback overrules a push", facts(overruled: true), .supersede),
    row(
      "(c) unless the push lands because a hold ended",
      facts(released: true, overruled: true), .land),
    row(
      "a release still goes forward only",
      facts(.release, released: true, .deployedIsNewer(newer)), .supersede),
    row(
      "a release still needs its source on the branch",
      facts(.release, released: true, onBranch: false), .supersede),
    row(
      "the same source with the same image takes the commit that is there", facts(.retry, .same),
      .land),
    row(
      "the same source does not replace its image",
      facts(.push, .same, changesImage: true), .supersede),
    row(
      "the same source replaces its image as a rebuild",
      facts(.push, rebuild: true, .same, changesImage: true), .land),
    row(
      "a rebuild of an older source does not land",
      facts(.retry, rebuild: true, .deployedIsNewer(newer)), .supersede),
    row("a retry goes forward only", facts(.retry, .deployedIsNewer(newer)), .supersede),
    row("a catch-up goes forward only", facts(.catchUp, .deployedIsNewer(newer)), .supersede),
    row("R9: under a hold a push waits", facts(hold: true), .hold),
    row(
      "R9: under a hold even an older one waits for its end",
      facts(hold: true, .deployedIsNewer(newer)), .hold),
    row(
      "R9: a new hold stops what an earlier one let go", facts(released: true, hold: true), .hold),
    row("overrideHold is for people only", facts(.push, overrideHold: true, hold: true), .hold),
    row("R9: a rollback lands under a hold", facts(.rollback, hold: true), .land),
    row("a rollback goes back", facts(.rollback, .deployedIsNewer(newer)), .land),
    row(
      "an automatic rollback goes back", facts(.autoRollback, hold: true, .deployedIsNewer(newer)),
      .land),
    row("a rollback is not overruled", facts(.rollback, overruled: true), .land),
    row("a manual deployment may leave the branch", facts(.manual, onBranch: false), .land),
    row("a manual deployment waits under a hold", facts(.manual, hold: true), .hold),
    row(
      "a manual deployment may override a hold", facts(.manual, overrideHold: true, hold: true),
      .land),
    row(
      "a manual deployment does not land over what was decided after it",
      facts(.manual, overrideHold: true, hold: true, overruled: true), .supersede),
    row(
      "under a hold it waits all the same, and lands if somebody releases it",
      facts(.manual, hold: true, overruled: true), .hold),
    row("released by hand it lands", facts(.manual, released: true, overruled: true), .land),
  ]

  @Test("decided on the facts of the fetched tip", arguments: rows)
  func decision(_ row: Row) {
    let outcome: Outcome =
      switch ForwardOnly.decide(row.facts) {
      case .land: .land
      case .hold: .hold
      case .supersede: .supersede
      }
    #expect(outcome == row.decision)
  }

  @Test("the loser learns which deployment overruled it, and why")
  func reasons() throws {
    #expect(
      ForwardOnly.decide(Self.facts(overruled: true))
        == .supersede(
          by: Self.rollback, reason: "backend-7 was accepted after this push and overrules it"))
    #expect(
      ForwardOnly.decide(Self.facts(.push, .deployedIsNewer(Self.newer)))
        == .supersede(by: nil, reason: "the newer source bbbbbbb is already deployed"))
  }

  @Test("push, catch-up, retry and release are automatic; people and rollbacks are not")
  func causes() {
    #expect(
      Set(DeploymentCause.allCases.filter(\.isAutomatic)) == [.push, .catchUp, .retry, .release])
    #expect(Set(DeploymentCause.allCases.filter(\.isRollback)) == [.rollback, .autoRollback])
  }
}

/// A commit id of one digit, repeated.
func sha(_ digit: Character) -> CommitSHA {
  guard let sha = CommitSHA(String(repeating: digit, count: 40)) else {
    preconditionFailure("\(digit) is not a hexadecimal digit")
  }
  return sha
}
