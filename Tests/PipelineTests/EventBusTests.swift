import DeployModel
import Synchronization
import TestKit
import Testing

@testable import Pipeline

@Suite struct EventBusTests {
  private func delivery(_ number: Int) throws -> PipelineEvent {
    .delivery(try #require(DeliveryGUID("delivery-\(number)")))
  }

  @Test("events are numbered from 1 and can be had again, from any of them on")
  func numbers() throws {
    let bus = EventBus()
    #expect(bus.newest == 0)
    #expect(bus.recent(after: 0, atMost: 10) == [])
    for number in 1...5 { bus.publish(try delivery(number)) }
    #expect(bus.newest == 5)
    #expect(bus.recent(after: 0, atMost: 10)?.map(\.number) == [1, 2, 3, 4, 5])
    #expect(bus.recent(after: 3, atMost: 10)?.map(\.event) == [try delivery(4), try delivery(5)])
    #expect(bus.recent(after: 1, atMost: 2)?.map(\.number) == [2, 3])
    #expect(bus.recent(after: 5, atMost: 10) == [])
  }

  @Test(
    "R12: the newest are kept; who asks for older ones, or for what was never there, hears that")
  func ring() throws {
    let bus = EventBus(kept: 3)
    for number in 1...7 { bus.publish(try delivery(number)) }
    #expect(
      bus.recent(after: 4, atMost: 10)?.map(\.event) == [
        try delivery(5), try delivery(6), try delivery(7),
      ])
    #expect(bus.recent(after: 3, atMost: 10) == nil)
    #expect(bus.recent(after: 0, atMost: 10) == nil)
    #expect(bus.recent(after: 8, atMost: 10) == nil)
    #expect(bus.recent(after: -1, atMost: 10) == nil)
  }

  @Test("a deployment's change is its service's too; the growth of a log is not kept")
  func implied() throws {
    let bus = EventBus()
    let id = try #require(DeploymentID("backend-1"))
    bus.publish(.log(id))
    #expect(bus.newest == 0)
    bus.publish(.deployment(id))
    #expect(
      bus.recent(after: 0, atMost: 10)?.map(\.event) == [.deployment(id), .service(id.service)])
  }

  @Test("what another process published is told from what this one did, and is not told on")
  func own() throws {
    let told = Mutex<[PipelineEvent]>([])
    let bus = EventBus { event in told.withLock { $0.append(event) } }
    bus.publish(try delivery(1))
    bus.hear(try delivery(2))
    #expect(bus.recent(after: 0, atMost: 10)?.map(\.isOwn) == [true, false])
    #expect(told.withLock { $0 } == [try delivery(1)])
  }

  @Test("after forgetting, nobody goes on from before: not even who had heard everything")
  func forgets() throws {
    for before in [0, 2, 5] {
      let bus = EventBus(kept: 3)
      for number in 0..<before { bus.publish(try delivery(number)) }
      let heard = bus.newest
      bus.forget()
      #expect(bus.recent(after: heard, atMost: 10) == nil)
      let newest = bus.newest
      #expect(bus.recent(after: newest, atMost: 10) == [])
      bus.publish(try delivery(9))
      #expect(bus.recent(after: newest, atMost: 10)?.map(\.event) == [try delivery(9)])
    }
  }

  @Test("a listener hears what interests it, until it lets go")
  func listeners() throws {
    let bus = EventBus()
    let heard = Mutex(0)
    let id = try #require(DeploymentID("backend-1"))
    var subscription: EventSubscription? = bus.subscribe(
      where: { $0 == .service(id.service) }, { heard.withLock { $0 += 1 } })
    bus.publish(try delivery(1))
    #expect(heard.withLock { $0 } == 0)
    bus.publish(.deployment(id))
    bus.publish(.service(id.service))
    #expect(heard.withLock { $0 } == 2)
    #expect(subscription != nil)
    subscription = nil
    bus.publish(.service(id.service))
    #expect(heard.withLock { $0 } == 2)
  }
}
