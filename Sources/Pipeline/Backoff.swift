import DeployModel

/// Half jitter, doubling from `first` to `most`: after attempt n, between half of first × 2ⁿ and all of it.
struct Backoff: Sendable {
  var first: Duration
  var most: Duration

  static let fetch = Backoff(first: .seconds(1), most: .seconds(60))
  static let sideEffect = Backoff(first: .milliseconds(500), most: .seconds(30))

  func delay(
    afterAttempt attempt: Int, using generator: inout some RandomNumberGenerator
  ) -> Duration {
    let doublings = min(max(attempt, 0), 16)
    let ceiling = min(
      first.wholeMilliseconds << Int64(doublings), most.wholeMilliseconds)
    return .milliseconds(Int64.random(in: ceiling / 2...ceiling, using: &generator))
  }
}
