import HTTPServer
import Testing

@Suite struct AllotmentTests {
  @Test("R12: so many permits at once; one that is let go can be had again, whoever was refused")
  func permits() {
    let allotment = Allotment(2)
    var held = [allotment.take(), allotment.take()]
    #expect(held.allSatisfy { $0 != nil })
    #expect(allotment.take() == nil)
    #expect(allotment.take() == nil)
    #expect(allotment.inUse == 2)
    held.removeLast()
    held.append(allotment.take())
    #expect(held.last ?? nil != nil)
    held = []
    #expect(allotment.inUse == 0)
  }
}
