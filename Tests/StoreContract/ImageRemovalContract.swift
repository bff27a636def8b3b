import DeployModel
import Testing

extension ContractCase {
  static let imageRemovals: [ContractCase] = [
    ContractCase(
      "An image goes when all its deployments are old, and behind the newest that landed"
    ) {
      store in
      for digit in "12345" { _ = try await store.makeLive(digit, at: time(of: digit)) }
      #expect(try await store.condemned(keeping: 5, endedBefore: 90) == [])
      #expect(try await store.condemned(keeping: 2, endedBefore: 1) == [])
      #expect(try await store.condemned(keeping: 2, endedBefore: 3) == ["1", "2"])
      #expect(try await store.condemned(keeping: 2, endedBefore: 90) == ["1", "2", "3"])
      let image = try PublishedImage.make("2")
      #expect(try await store.condemned(image.digest, in: image.repository) == second(100))
      try await store.endRemoval(of: image.digest, in: image.repository, removedAt: second(101))
      try await store.endRemoval(of: try digest("1"), in: image.repository, removedAt: nil)
      #expect(
        try await store.condemnedImages(of: service("backend"), in: image.repository)
          == [try digest("3")])
      #expect(try await store.condemned(image.digest, in: image.repository) == second(100))
      #expect(try await store.condemned(digest("1"), in: image.repository) == nil)
      let shown = try await store.deployments(DeploymentQuery()).items.map(\.imageGivenUpAt)
      #expect(shown == [nil, nil, second(100), second(100), nil], "the newest first")
    },
    ContractCase("What is condemned is not created again, nor reused, until it is published anew") {
      store in
      let first = try await store.makeLive("1", at: second(1))
      for digit in "23" { _ = try await store.makeLive(digit, at: time(of: digit)) }
      #expect(try await store.condemned(keeping: 2, endedBefore: 90) == ["1"])
      await #expect(throws: StoreError.self) {
        try await store.create(.make(cause: .rollback, image: .make("1"), rollbackOf: first))
      }
      #expect(
        try await store.published(service("backend"), inputs: inputs("1"), since: second(0)) == nil)
      try await store.endRemoval(
        of: digest("1"), in: PublishedImage.make("1").repository, removedAt: second(20))
      let fresh = try await store.create(try .make(source: "1", at: second(30))).id
      try await store.publish(fresh, "1", at: second(30))
      let image = try PublishedImage.make("1")
      #expect(try await store.condemned(image.digest, in: image.repository) == nil)
      #expect(try await store.deployment(first)?.imageGivenUpAt == nil)
      _ = try await store.create(.make(cause: .rollback, image: image, rollbackOf: first))
    },
    ContractCase("An image stays that is deployed, by digest or by a tag that somebody else wrote")
    {
      store in
      for digit in "1234" { _ = try await store.makeLive(digit, at: time(of: digit)) }
      let current = try await store.serviceState(service("backend")).current
      let change = try await store.record(
        .make(replacing: current, entry: "1111111", commit: "e", at: second(6)))
      #expect(change?.image == nil)
      #expect(try await store.condemned(keeping: 2, endedBefore: 90) == ["2", "3"])
    },
    ContractCase(
      "R9: whose image was condemned has no turn when the one that it gave way to is refused"
    ) {
      store in
      let older = try await store.makeHeld("1")
      let newer = try await store.makeNextHeld("2")
      #expect(try await store.deployment(older)?.supersededBy == newer)
      _ = try await store.releaseHold(
        on: newer.service, at: second(30), reason: "mended", onlyIfSequence: nil)
      for digit in "345" { _ = try await store.makeLive(digit, at: second(40)) }
      #expect(try await store.condemned(keeping: 2, endedBefore: 35) == ["1"])
      let refused = try await store.step(newer, .committing, .superseded, at: second(50))
      #expect(refused.state == .superseded)
      #expect(try await store.serviceState(newer.service).inFlight.isEmpty)
    },
    ContractCase("An image stays for what is under way with it, its source or its inputs") {
      store in
      for digit in "12345" { _ = try await store.makeLive(digit, at: time(of: digit)) }
      let rollback = try await store.create(
        .make(
          cause: .rollback, image: .make("1"),
          rollbackOf: DeploymentID(
            service: try service("backend"), number: 1))
      ).id
      _ = try await store.create(.make(source: "2"))
      #expect(try await store.condemned(keeping: 2, endedBefore: 90) == ["3"])
      #expect(rollback.number == 6)
    },
    ContractCase(
      "An image stays that a newer deployment of any service has, or that held ones may need"
    ) {
      store in
      for digit in "1234" { _ = try await store.makeLive(digit, at: time(of: digit)) }
      // Another service shares the image's repository, and has just been given its newest.
      let other = try await store.create(try .make("frontend", source: "7", at: second(50))).id
      try await store.publish(other, "1", at: second(50))
      try await store.land(other, "7", at: second(50))
      #expect(try await store.condemned(keeping: 2, endedBefore: 40) == ["2"])
      #expect(
        try await store.condemned(keeping: 2, endedBefore: 90) == ["2"], "frontend keeps its own")
      try await store.endRemoval(
        of: digest("2"), in: PublishedImage.make("2").repository, removedAt: nil)
      try await store.placeHold(.make(.released, at: second(7)), on: service("backend"))
      let held = try await store.create(try .make(source: "8", at: second(8))).id
      try await store.publish(held, "8", at: second(8))
      _ = try await store.step(held, .committing, .cancelled, at: second(9))
      for digit in "9ab" {
        let id = try await store.create(
          try .make(source: digit, overrideHold: true, at: second(10))
        ).id
        try await store.publish(id, digit, at: second(10))
        try await store.land(id, digit, at: second(10))
      }
      #expect(try await store.condemned(keeping: 2, endedBefore: 40) == ["2", "3", "4"])
    },
    ContractCase(
      "An older image stays while a rebuild from its inputs does; what is spared stays too"
    ) {
      store in
      let first = try await store.create(try .make(source: "1", at: second(1))).id
      try await store.publish(first, "1", at: second(1))
      try await store.land(first, "1", at: second(1))
      let rebuilt = try await store.create(try .make(source: "1", at: second(2))).id
      _ = try await store.step(rebuilt, .queued, .building, at: second(2))
      _ = try await store.step(rebuilt, .building, .publishing, at: second(2))
      _ = try await store.step(
        rebuilt, .publishing, .committing, at: second(2), image: .make("2"), inputs: inputs("1"))
      try await store.land(rebuilt, "2", at: second(2))
      for digit in "3456" { _ = try await store.makeLive(digit, at: time(of: digit)) }
      #expect(
        try await store.condemned(keeping: 2, endedBefore: 90, sparing: [digest("3")])
          == ["2", "4"])
      #expect(
        try await store.condemned(keeping: 2, endedBefore: 90, sparing: [digest("3")])
          == ["1", "2", "4"])
    },
  ]

  private static func time(of digit: Character) -> Timestamp {
    second(Int64(digit.hexDigitValue ?? 0))
  }
}

extension DeploymentStore {
  /// Condemns, and says of which digits all condemned images of the backend are made.
  fileprivate func condemned(
    keeping count: Int, endedBefore: Int64, sparing: Set<ImageDigest> = []
  ) async throws -> [String] {
    let (name, repository) = (try service("backend"), try PublishedImage.make("1").repository)
    try await condemnImages(
      ImageRetention(
        service: name, repository: repository, kept: count, endedBefore: second(endedBefore),
        spared: sparing), at: second(100))
    return try await condemnedImages(of: name, in: repository).map { String($0.text.suffix(1)) }
      .sorted()
  }
}
