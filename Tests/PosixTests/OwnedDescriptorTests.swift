import Glibc
import Posix
import Testing

@Suite struct OwnedDescriptorTests {
  @Test("a descriptor closes with its owner")
  func closesWithItsOwner() throws {
    var ends: [CInt] = [0, 0]
    #expect(pipe(&ends) == 0)
    let reader = OwnedDescriptor(owning: ends[0])
    do {
      let writer = OwnedDescriptor(owning: ends[1])
      _ = writer.number
    }
    var byte: UInt8 = 0
    // End of file comes only when the last writer is gone.
    #expect(read(reader.number, &byte, 1) == 0)
    try reader.close()
  }

  @Test("a released descriptor stays open")
  func releasedStaysOpen() throws {
    var ends: [CInt] = [0, 0]
    #expect(pipe(&ends) == 0)
    let reader = OwnedDescriptor(owning: ends[0])
    let number = OwnedDescriptor(owning: ends[1]).release()
    #expect(write(number, "x", 1) == 1)
    try OwnedDescriptor(owning: number).close()
    _ = reader.number
  }
}
