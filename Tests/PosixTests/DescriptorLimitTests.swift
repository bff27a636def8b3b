import Glibc
import Posix
import Testing

@Suite struct DescriptorLimitTests {
  @Test("the soft limit rises to what is asked, and never falls")
  func raise() throws {
    let before = try DescriptorLimit.raise(to: 0)
    #expect(before > 0)
    let raised = try DescriptorLimit.raise(to: before + 1)
    var limit = rlimit()
    #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
    #expect(raised == Int(clamping: min(limit.rlim_max, rlim_t(before + 1))))
    #expect(try DescriptorLimit.raise(to: 1) == raised)
  }
}
