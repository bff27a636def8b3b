/// Looks until it is so. Patience is a number of looks, not a time: a machine that is busy or stopped
/// must not look like one on which nothing happens.
func comes(
  afterAtMost looks: Int = 4000, _ condition: () async throws -> Bool
) async throws -> Bool {
  for _ in 0..<looks {
    if try await condition() { return true }
    try await Task.sleep(for: .milliseconds(10))
  }
  return false
}
