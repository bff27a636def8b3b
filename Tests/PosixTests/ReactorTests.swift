import Glibc
import Posix
import TestKit
import Testing

/// Reads a pipe to its end and tells what came, and when its deadline came.
private final class PipeReader: ReactorHandler {
  let descriptor: OwnedDescriptor
  let events: AsyncStream<String>.Continuation
  var registration: Reactor.Registration?

  init(_ descriptor: consuming OwnedDescriptor, _ events: AsyncStream<String>.Continuation) {
    self.descriptor = descriptor
    self.events = events
  }

  func ready(_ readiness: Readiness, on reactor: isolated Reactor) {
    while true {
      var bytes = [UInt8](repeating: 0, count: 64)
      let count = read(descriptor.number, &bytes, bytes.count)
      if count < 0 { return }
      if count > 0 {
        events.yield(String(decoding: bytes.prefix(count), as: UTF8.self))
        continue
      }
      if let registration { reactor.unregister(registration) }
      events.yield("end")
      return
    }
  }

  func deadlineReached(on reactor: isolated Reactor) { events.yield("deadline") }
}

private final class Alarm: ReactorHandler {
  let name: String
  let events: AsyncStream<String>.Continuation
  init(_ name: String, _ events: AsyncStream<String>.Continuation) {
    self.name = name
    self.events = events
  }
  func ready(_ readiness: Readiness, on reactor: isolated Reactor) {}
  func deadlineReached(on reactor: isolated Reactor) { events.yield(name) }
}

@Suite struct ReactorTests {
  @Test("a handler hears bytes and the end, in order")
  func hearsBytesAndTheEnd() async throws {
    let reactor = try Reactor(label: "test")
    let (stream, events) = AsyncStream.makeStream(of: String.self)
    var ends: [CInt] = [0, 0]
    try #require(pipe(&ends) == 0)
    let (reading, writing) = (ends[0], ends[1])
    _ = fcntl(reading, F_SETFL, O_NONBLOCK)
    reactor.perform { reactor in
      let reader = PipeReader(OwnedDescriptor(owning: reading), events)
      do {
        reader.registration = try reactor.register(
          reading, for: [.reading, .edges], handler: reader)
      } catch {
        events.yield("\(error)")
      }
    }
    var heard = stream.makeAsyncIterator()
    #expect(write(writing, "one", 3) == 3)
    #expect(await heard.next() == "one")
    #expect(write(writing, "two", 3) == 3)
    #expect(await heard.next() == "two")
    close(writing)
    #expect(await heard.next() == "end")
    await reactor.shutDown()
  }

  @Test("deadlines come in the order of their times, moved and removed ones included")
  func deadlinesInOrder() async throws {
    let reactor = try Reactor(label: "test")
    let (stream, events) = AsyncStream.makeStream(of: String.self)
    reactor.perform { reactor in
      do {
        let now = MonotonicTime.now()
        var named: [String: Reactor.Registration] = [:]
        for (name, delay) in [("late", 40), ("early", 10), ("moved", 1), ("removed", 5)] {
          let registration = try reactor.register(nil, handler: Alarm(name, events))
          reactor.setDeadline(now + .milliseconds(delay), of: registration)
          named[name] = registration
        }
        if let moved = named["moved"], let removed = named["removed"] {
          reactor.setDeadline(now + .milliseconds(25), of: moved)
          reactor.setDeadline(nil, of: removed)
        }
      } catch {
        events.yield("\(error)")
      }
    }
    var heard: [String] = []
    for await name in stream {
      heard.append(name)
      if heard.count == 3 { break }
    }
    #expect(heard == ["early", "moved", "late"])
    await reactor.shutDown()
  }

  @Test("a task in the reactor may suspend and comes back to it")
  func tasksComeBack() async throws {
    let reactor = try Reactor(label: "test")
    let came: Bool = await withCheckedContinuation { continuation in
      reactor.perform { reactor in
        Task.immediate {
          await Task.yield()
          reactor.preconditionIsolated()
          continuation.resume(returning: true)
        }
      }
    }
    #expect(came)
  }
}
