/// An event and its place among all of this process: the first has number 1.
package struct NumberedEvent: Hashable, Sendable {
  package var number: Int
  package var event: PipelineEvent
  /// Published in this process, not in another.
  package var isOwn: Bool
}

/// The newest events, in a ring.
struct RecentEvents: Sendable {
  private let capacity: Int
  private struct Entry {
    var event: PipelineEvent
    var isOwn: Bool
  }

  /// Nil where `forget` took a number.
  private var ring: [Entry?] = []
  private(set) var newest = 0
  /// Nothing up to this number is kept, whatever there is room for.
  private var forgotten = 0

  /// - Parameter capacity: at least 1.
  init(capacity: Int) { self.capacity = capacity }

  private var oldest: Int { max(forgotten, newest - capacity) + 1 }

  mutating func append(_ event: PipelineEvent, isOwn: Bool) {
    add(Entry(event: event, isOwn: isOwn))
  }

  private mutating func add(_ entry: Entry?) {
    newest += 1
    if ring.count < capacity {
      ring.append(entry)
    } else {
      ring[(newest - 1) % capacity] = entry
    }
  }

  /// Nobody can go on from what came before. Takes a number of its own, so that those who have
  /// heard everything are told too.
  mutating func forget() {
    add(nil)
    forgotten = newest
  }

  func after(_ number: Int, atMost limit: Int) -> [NumberedEvent]? {
    guard number >= oldest - 1, number <= newest else { return nil }
    return (number..<min(newest, number + limit)).compactMap { index in
      ring[index % capacity].map { entry in
        NumberedEvent(number: index + 1, event: entry.event, isOwn: entry.isOwn)
      }
    }
  }
}
