import Testing

@testable import Images

/// Which containers belong to nobody, where buildah does not say whose they are.
@Suite struct WorkingContainersTests {
  @Test func aLoneBuildsContainersGoWithIt() async {
    let containers = WorkingContainers()
    let build = await containers.begin()
    #expect(await containers.end(build, present: ["a"]) == ["a"])
  }

  @Test func anothersContainersWaitForIt() async {
    let containers = WorkingContainers()
    let ended = await containers.begin()
    let other = await containers.begin()
    #expect(await containers.end(ended, present: ["ended's", "other's"]) == [])
    // A build that began later cannot own what was there before.
    let later = await containers.begin()
    #expect(await containers.end(other, present: nil) == ["ended's", "other's"])
    #expect(await containers.end(later, present: nil) == [])
  }
}
