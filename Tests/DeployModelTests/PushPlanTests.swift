import DeployModel
import Testing

@Suite("R3: what a push makes us evaluate")
struct PushPlanTests {
  /// The branch is a line a–b–c–d; x was forced away.
  private static let (a, b, c, d, x) = (sha("a"), sha("b"), sha("c"), sha("d"), sha("e"))

  /// Facts about commits on that line, worked out from their order alone.
  private static func facts(
    before: CommitSHA, after: CommitSHA, cursor: CommitSHA?, tip: CommitSHA?,
    baseIsKnown: Bool = true
  ) -> PushPlan.Facts {
    let line = tip.flatMap { tip in [a, b, c, d].firstIndex(of: tip) }.map { [a, b, c, d][...$0] }
    func place(_ commit: CommitSHA?) -> Int? { commit.flatMap { line?.firstIndex(of: $0) } }
    let isCovered =
      if let after = place(after), let cursor = place(cursor) { after <= cursor } else {
        after == cursor
      }
    let isBeyond =
      if let before = place(before), let cursor = place(cursor) { before > cursor } else { false }
    return PushPlan.Facts(
      before: before, after: after, cursor: cursor, tip: tip,
      cursorIsOnBranch: place(cursor) != nil, afterIsOnBranch: place(after) != nil,
      afterIsCoveredByCursor: isCovered, beforeIsBeyondCursor: isBeyond, baseIsKnown: baseIsKnown)
  }

  private static func push(_ base: CommitSHA?, _ after: CommitSHA) -> PushPlan {
    .evaluate([PushPlan.Step(cause: .push, base: base, after: after)])
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var facts: PushPlan.Facts
    var plan: PushPlan
  }

  private static func covered(_ commit: String) -> PushPlan {
    .covered(reason: "an earlier evaluation already reached \(commit)")
  }

  static let rows = [
    Row(
      testDescription: "the next push is evaluated from the cursor",
      facts: facts(before: a, after: b, cursor: a, tip: b), plan: push(a, b)),
    Row(
      testDescription: "1. the same push again is covered",
      facts: facts(before: a, after: b, cursor: b, tip: b), plan: covered("bbbbbbb")),
    Row(
      testDescription: "1. a push that arrives after a later one is covered",
      facts: facts(before: a, after: b, cursor: c, tip: c), plan: covered("bbbbbbb")),
    Row(
      testDescription: "1. not covered by a cursor that was forced away: A→B, B→A, A→B is new",
      facts: PushPlan.Facts(
        before: x, after: b, cursor: x, tip: b, cursorIsOnBranch: false, afterIsOnBranch: true,
        afterIsCoveredByCursor: true, beforeIsBeyondCursor: false, baseIsKnown: true),
      plan: push(x, b)),
    Row(
      testDescription: "2. a head that was forced away meanwhile gives way to the tip",
      facts: facts(before: a, after: x, cursor: a, tip: b), plan: push(a, b)),
    Row(
      testDescription: "2. and is covered if the tip is the cursor",
      facts: facts(before: a, after: x, cursor: b, tip: b), plan: covered("bbbbbbb")),
    Row(
      testDescription: "3. a push was missed: it goes first, as its own",
      facts: facts(before: c, after: d, cursor: a, tip: d),
      plan: .evaluate([
        PushPlan.Step(cause: .catchUp, base: a, after: c),
        PushPlan.Step(cause: .push, base: c, after: d),
      ])),
    Row(
      testDescription: "3. also if the head was forced away meanwhile",
      facts: facts(before: c, after: x, cursor: a, tip: d),
      plan: .evaluate([
        PushPlan.Step(cause: .catchUp, base: a, after: c),
        PushPlan.Step(cause: .push, base: c, after: d),
      ])),
    Row(
      testDescription: "3. nothing is left of the push if the branch went back to where it began",
      facts: facts(before: c, after: x, cursor: a, tip: c), plan: push(a, c)),
    Row(
      testDescription: "4. a force push is compared with the cursor, not with its `before`",
      facts: facts(before: x, after: b, cursor: a, tip: b), plan: push(a, b)),
    Row(
      testDescription: "4. an earlier push that arrives late is evaluated from the cursor",
      facts: facts(before: a, after: d, cursor: b, tip: d), plan: push(b, d)),
    Row(
      testDescription: "4. a cursor that nobody has any more triggers every service",
      facts: facts(before: a, after: b, cursor: x, tip: b, baseIsKnown: false),
      plan: push(nil, b)),
    Row(
      testDescription: "first contact starts at the delivery's `before`",
      facts: facts(before: a, after: b, cursor: nil, tip: b), plan: push(a, b)),
    Row(
      testDescription: "first contact with a new branch triggers every service",
      facts: facts(before: sha("0"), after: b, cursor: nil, tip: b, baseIsKnown: false),
      plan: push(nil, b)),
    Row(
      testDescription: "first contact with a head that is gone goes to the tip",
      facts: facts(before: a, after: x, cursor: nil, tip: c), plan: push(a, c)),
    Row(
      testDescription: "a branch that is gone evaluates nothing",
      facts: facts(before: a, after: b, cursor: a, tip: nil), plan: .branchDeleted),
  ]

  @Test("by what git knows after the fetch", arguments: rows)
  func plan(_ row: Row) { #expect(PushPlan.make(from: row.facts) == row.plan) }
}
