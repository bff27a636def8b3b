import DeployModel
import Testing

@Suite("R9: where `previous` leads")
struct RollbackPlanTests {
  /// One row of a history, oldest first: its image, and for a rollback what it brought back and
  /// what it left.
  struct Past: Sendable {
    var image: Character?
    var wasLive = true
    var back: Int?
    var from: Int?

    static func push(_ image: Character?, live: Bool = true) -> Past {
      Past(image: image, wasLive: live)
    }
    static func rollback(_ image: Character, to back: Int, from: Int) -> Past {
      Past(image: image, back: back, from: from)
    }
  }

  struct Row: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var history: [Past]
    /// The number of the deployment to go back to.
    var previous: Int?

    init(_ sentence: String, _ history: [Past], previous: Int?) {
      testDescription = sentence
      self.history = history
      self.previous = previous
    }
  }

  static let rows = [
    Row("the one before", [.push("a"), .push("b")], previous: 1),
    Row("nothing before the first", [.push("a")], previous: nil),
    Row(
      "not the same image under another number", [.push("a"), .push("b"), .push("b")], previous: 1),
    Row("nothing if every one had this image", [.push("a"), .push("a")], previous: nil),
    Row(
      "not one whose rollout failed",
      [.push("a"), .push("b", live: false), .push("c")], previous: 1),
    Row(
      "from one whose rollout failed, to the last that was live",
      [.push("a"), .push("b"), .push("c", live: false)], previous: 2),
    Row("not one whose image nobody knows", [.push("a"), .push(nil), .push("c")], previous: 1),
    Row("from one whose image nobody knows", [.push("a"), .push("b"), .push(nil)], previous: 2),
    Row(
      "a rollback starts from the one it went back to",
      [.push("a"), .push("b"), .push("c"), .rollback("b", to: 2, from: 3)], previous: 1),
    Row(
      "a rollback to the first leaves nothing to go back to",
      [.push("a"), .push("b"), .rollback("a", to: 1, from: 2)], previous: nil),
    Row(
      "not to what was rolled back from",
      [.push("a"), .push("b"), .rollback("a", to: 1, from: 2), .push("c")], previous: 3),
    Row(
      "to a rollback that jumped over others: its image is what ran",
      [
        .push("a"), .push("b"), .push("c"), .rollback("a", to: 1, from: 3), .push("d"),
      ], previous: 4),
    Row(
      "and from there further back, past what was rolled back from",
      [
        .push("a"), .push("b"), .push("c"), .rollback("a", to: 1, from: 3), .push("d"),
        .rollback("a", to: 4, from: 5),
      ], previous: 2),
    Row(
      "an image that came back by a push and lived is a target again",
      [
        .push("a"), .push("b"), .rollback("a", to: 1, from: 2), .push("b"), .push("c"),
      ], previous: 4),
    Row(
      "a person who went back to a rejected one on purpose finds it again",
      [
        .push("a"), .push("b"), .rollback("a", to: 1, from: 2), .rollback("b", to: 2, from: 3),
        .push("c"),
      ], previous: 4),
    Row(
      "to leave a rollback is to leave what it brought back",
      [
        .push("z"), .push("a"), .push("b"), .rollback("a", to: 2, from: 3),
        .rollback("z", to: 1, from: 4), .push("c"), .rollback("z", to: 5, from: 6),
      ], previous: nil),
  ]

  @Test(
    "the newest older one that was live, with another image, never rolled back from",
    arguments: rows)
  func previous(_ row: Row) throws {
    let service = try #require(ServiceName("backend"))
    func id(_ number: Int) -> DeploymentID { DeploymentID(service: service, number: number) }
    let history = try row.history.enumerated().map { index, past in
      RollbackPlan.Landed(
        id: id(index + 1), digest: try past.image.map(digest), wasLive: past.wasLive,
        rollbackOf: past.back.map(id), rolledBackFrom: past.from.map(id))
    }
    let found = RollbackPlan.previous(of: id(history.count), in: history.reversed())
    #expect(found == row.previous.map(id))
  }

  @Test("asked again and again it walks back and stops")
  func terminates() throws {
    let service = try #require(ServiceName("backend"))
    func id(_ number: Int) -> DeploymentID { DeploymentID(service: service, number: number) }
    var history = try ["a", "b", "c", "a", "d"].enumerated().map { index, image in
      RollbackPlan.Landed(id: id(index + 1), digest: try digest(Character(image)), wasLive: true)
    }
    var walked: [Int] = []
    while let next = RollbackPlan.previous(of: id(history.count), in: history.reversed()) {
      walked.append(next.number)
      let target = try #require(history.first { $0.id == next })
      history.append(
        RollbackPlan.Landed(
          id: id(history.count + 1), digest: target.digest, wasLive: true, rollbackOf: next,
          rolledBackFrom: id(history.count)))
      try #require(walked.count < 10)
    }
    #expect(walked == [4, 3, 2, 1])
  }

  @Test("a current deployment that is not in the history leads nowhere")
  func unknown() throws {
    let id = try #require(DeploymentID("backend-9"))
    #expect(RollbackPlan.previous(of: id, in: []) == nil)
  }

  private func digest(_ image: Character) throws -> ImageDigest {
    let code = try #require(image.asciiValue)
    let byte = String(code, radix: 16)
    return try #require(ImageDigest("sha256:" + String(repeating: byte, count: 32)))
  }
}
