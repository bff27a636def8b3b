import DeployModel
import Glibc
import Posix

/// The machine's clock.
struct SystemWallClock: WallClock {
  func now() -> Timestamp {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Timestamp(
      milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
  }

  func sleep(for duration: Duration) async throws {
    try await Pause.sleep(for: duration)
  }
}
