import Testing

@testable import HTTPServer

@Suite struct OutputQueueTests {
  @Test("a buffer is lent to the first of several answers, and comes back when all are sent")
  func buffers() {
    var spare: [[UInt8]] = [[], []]
    spare[0].reserveCapacity(100)
    spare[1].reserveCapacity(100)
    var queue = OutputQueue()
    for answer in 1...3 {
      queue.adopt(spare.popLast() ?? [])
      queue.append([UInt8(answer)])
    }
    #expect(spare.count == 1)
    var sent: [UInt8] = []
    queue.drain { bytes in
      sent += bytes
      return bytes.count
    }
    #expect(sent == [1, 2, 3])
    #expect(queue.takeBuffer().capacity >= 100)
  }
}
