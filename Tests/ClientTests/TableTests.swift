import Testing

@testable import slipway

@Suite struct TableTests {
  private var table: Table {
    var table = Table(columns: [
      Table.Column("ID"), Table.Column("BY", least: 4, dispensable: 1),
      Table.Column("TOOK", dispensable: 2, isNumber: true), Table.Column("WHAT", least: 8),
    ])
    table.rows = [
      ["backend-1", "octocat", "4s", "Fix the checkout of baskets"],
      ["a-12", "日本", "1m 12s", "Docs"],
    ]
    return table
  }

  private func text(width: Int?) -> [String] { table.lines(width: width).map(\.text) }

  @Test("Columns are as wide as what stands in them, numbers to the right")
  func natural() {
    #expect(
      text(width: nil) == [
        "ID         BY         TOOK  WHAT",
        "backend-1  octocat      4s  Fix the checkout of baskets",
        "a-12       日本     1m 12s  Docs",
      ])
  }

  @Test("Where the terminal is narrow, what may be cut is cut, the widest first")
  func cut() {
    #expect(
      text(width: 44) == [
        "ID         BY         TOOK  WHAT",
        "backend-1  octocat      4s  Fix the checkou…",
        "a-12       日本     1m 12s  Docs",
      ])
    #expect(
      text(width: 33) == [
        "ID         BY      TOOK  WHAT",
        "backend-1  oct…      4s  Fix the…",
        "a-12       日本  1m 12s  Docs",
      ])
  }

  @Test("Where that does not help, whole columns go")
  func dropped() {
    #expect(
      text(width: 27) == [
        "ID         BY      WHAT", "backend-1  octoc…  Fix the…", "a-12       日本    Docs",
      ])
    #expect(
      text(width: 20) == [
        "ID         WHAT", "backend-1  Fix the …", "a-12       Docs",
      ])
  }

  @Test("No line is ever wider than the terminal", arguments: 1...60)
  func neverWider(_ width: Int) {
    for line in table.lines(width: width) { #expect(line.width <= width) }
  }

  @Test("A column that says nothing is left out")
  func empty() {
    var table = Table(columns: [Table.Column("A"), Table.Column("B", dispensable: 1)])
    table.rows = [["x", ""], ["y", ""]]
    #expect(table.lines(width: nil).map(\.text) == ["A", "x", "y"])
  }
}
