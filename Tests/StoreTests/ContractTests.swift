import Store
import StoreContract
import TestKit
import Testing

@Suite struct ContractTests {
  @Test(arguments: ContractCase.all)
  func sqlite(_ promise: ContractCase) async throws {
    let directory = try TemporaryDirectory("store")
    try await promise.check(try SQLiteStore(directory: directory.path))
  }
}
