import DeployModel
import TestKit
import Testing

@testable import Manifests

@Suite("How waiting edits are split into pushes")
struct LandingGroupsTests {
  private func pending(_ services: [String]) throws -> [PendingEdit] {
    try services.enumerated().map { index, service in
      PendingEdit(
        ticket: index, edit: try .make(service, index + 1, tag: "t", source: nil),
        deadline: Timestamp(milliseconds: 0))
    }
  }

  private func names(_ groups: [[PendingEdit]]) -> [[String]] {
    groups.map { $0.map(\.edit.service.name) }
  }

  @Test("R6: everything that waits is one push")
  func one() throws {
    #expect(names(LandingGroups().split(try pending(["a", "b", "a"]))) == [["a", "a", "b"]])
  }

  @Test("R6: a refused push is halved until one service stands alone; others go on together")
  func bisection() throws {
    var groups = LandingGroups()
    let edits = try pending(["a", "b", "c", "d", "e"])
    let services = edits.prefix(4).map(\.edit.service)
    let refusal1 = groups.refuse(services, tipMoved: false)
    #expect(!refusal1)
    #expect(names(groups.split(edits)) == [["e"], ["a", "b"], ["c", "d"]])
    let refusal2 = groups.refuse(Array(services[2...3]), tipMoved: false)
    #expect(!refusal2)
    #expect(names(groups.split(edits)) == [["e"], ["a", "b"], ["c"], ["d"]])
    let refusal3 = groups.refuse([services[3]], tipMoved: false)
    #expect(refusal3)
  }

  @Test("R6: under a moving tip the third refusal of one service is final")
  func movingTip() throws {
    var groups = LandingGroups()
    let service = try pending(["a"])[0].edit.service
    let refusal4 = groups.refuse([service], tipMoved: true)
    #expect(!refusal4)
    let refusal5 = groups.refuse([service], tipMoved: true)
    #expect(!refusal5)
    let refusal6 = groups.refuse([service], tipMoved: true)
    #expect(refusal6)
  }

  @Test("suspicion ends with the edits that it was about")
  func forgetting() throws {
    var groups = LandingGroups()
    let edits = try pending(["a", "b"])
    _ = groups.refuse(edits.map(\.edit.service), tipMoved: false)
    groups.keep([])
    #expect(names(groups.split(edits)) == [["a", "b"]])
  }

  @Test("lost races make pushes smaller, won ones larger again")
  func races() throws {
    var groups = LandingGroups()
    let edits = try pending((0..<200).map { "s\($0)" })
    groups.loseRace(withServices: 200, areSigned: false)
    #expect(groups.split(edits).map(\.count) == [100])
    for _ in 0..<5 {
      groups.loseRace(withServices: groups.split(edits)[0].count, areSigned: false)
    }
    #expect(groups.split(edits).map(\.count) == [32])
    groups.win()
    #expect(groups.split(edits).map(\.count) == [64])
  }

  @Test("R6: services that wait for something of their own take nobody's place in a limited push")
  func deferred() throws {
    var groups = LandingGroups()
    let edits = try pending((0..<100).map { "s\($0)" })
    groups.loseRace(withServices: 64, areSigned: false)
    let first = groups.split(edits)[0].map(\.edit.service)
    #expect(first.count == 32)
    groups.tried(Set(first), deferred: Set(first))
    let split = groups.split(edits)
    #expect(split.map(\.count) == [32, 32])
    #expect(split[0].map(\.ticket) == Array(32..<64))
    #expect(split[1].map(\.edit.service) == first)
    let services = edits.map(\.edit.service)
    #expect(groups.areDeferred(first))
    // Others wait for nothing but their turn.
    #expect(!groups.areDeferred(services))
    groups.tried(Set(first), deferred: [])
    #expect(groups.split(edits).map { $0.map(\.edit.service) } == [first])
  }
}

@Suite("What landed before the record shows it")
struct LandedMemoryTests {
  @Test("R5: the newest of ours counts until the record has come to it, or past it")
  func correction() throws {
    let service = try #require(ServiceName("a"))
    func id(_ number: Int) -> DeploymentID { DeploymentID(service: service, number: number) }
    func standing(_ number: Int?) -> LandingStanding {
      LandingStanding(
        deployment: number.map(id), sourceCommit: nil, holdInForce: false, overruledBy: nil)
    }
    var memory = LandedMemory()
    memory.note(.init(deployment: id(2), source: nil), whileShowing: id(1))
    memory.note(.init(deployment: id(3), source: nil), whileShowing: id(1))
    let corrected7 = memory.correct(standing(1), of: service)
    #expect(corrected7.deployment == id(3))
    let corrected8 = memory.correct(standing(2), of: service)
    #expect(corrected8.deployment == id(3))
    let corrected9 = memory.correct(standing(2), of: service)
    #expect(corrected9.deployment == id(3))
    let corrected10 = memory.correct(standing(3), of: service)
    #expect(corrected10.deployment == id(3))
    let corrected11 = memory.correct(standing(2), of: service)
    #expect(corrected11.deployment == id(2))
    memory.note(.init(deployment: id(5), source: nil), whileShowing: id(3))
    // Somebody else changed the manifest, and the record knows.
    let corrected12 = memory.correct(standing(9), of: service)
    #expect(corrected12.deployment == id(9))
  }
}
