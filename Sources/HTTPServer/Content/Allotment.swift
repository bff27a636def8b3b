import Synchronization

/// At most so many at once of something that lives longer than a call (R12).
package final class Allotment: Sendable {
  /// Stands for one of them, until it is let go.
  package final class Permit: Sendable {
    private let allotment: Allotment

    fileprivate init(of allotment: Allotment) { self.allotment = allotment }

    deinit { allotment.used.subtract(1, ordering: .relaxed) }
  }

  private let limit: Int
  private let used = Atomic<Int>(0)

  package init(_ limit: Int) { self.limit = limit }

  package var inUse: Int { used.load(ordering: .relaxed) }

  /// Nil: as many as there may be are there.
  package func take() -> Permit? {
    let permit = Permit(of: self)
    let (_, count) = used.add(1, ordering: .relaxed)
    return count <= limit ? permit : nil
  }
}
