package import DeployModel

/// One sentence that holds for every store, with the proof. A dialect's tests run them all:
///
///     @Test(arguments: ContractCase.all) func contract(_ promise: ContractCase) async throws {
///       try await promise.check(makeEmptyStore())
///     }
package struct ContractCase: Sendable, CustomStringConvertible {
  package typealias Store = any DeploymentStore & SessionStore

  package var name: String
  package var check: @Sendable (Store) async throws -> Void

  init(_ name: String, _ check: @escaping @Sendable (Store) async throws -> Void) {
    self.name = name
    self.check = check
  }

  package var description: String { name }

  package static let all: [ContractCase] =
    deliveries + retention + imageRemovals + evaluations + holds + holdEnds + creations
    + transitions + leases
    + landings + externals + behinds + history + measurements + reports + notifications + turns
    + records + sessions + news
}
