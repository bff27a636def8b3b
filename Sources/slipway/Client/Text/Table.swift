/// Rows under headings, as wide as they need to be or as the terminal is.
struct Table {
  struct Column {
    var title: String
    /// It may be cut down to this many columns where the terminal is narrow; nil: it is never cut.
    var least: Int?
    /// Where all cutting does not help, columns go, the highest of these first; nil: never.
    var dispensable: Int?
    var isNumber = false

    init(_ title: String, least: Int? = nil, dispensable: Int? = nil, isNumber: Bool = false) {
      self.title = title
      self.least = least
      self.dispensable = dispensable
      self.isNumber = isNumber
    }
  }

  private static let gap = 2

  var columns: [Column]
  var rows: [[StyledText]] = []

  /// - Parameter width: nil where nothing bounds it: a file or a pipe.
  func lines(width: Int?) -> [StyledText] {
    var shown = Array(columns.indices)
    // A column that says nothing in any row is left out.
    shown.removeAll { index in
      columns[index].dispensable != nil && rows.allSatisfy { $0[index].isEmpty }
    }
    var widths = naturalWidths()
    if let width {
      cut(&widths, of: shown, to: width)
      while total(widths, shown) > width, let next = mostDispensable(of: shown) {
        shown.removeAll { $0 == next }
        widths = naturalWidths()
        cut(&widths, of: shown, to: width)
      }
    }
    let heading = columns.map { StyledText($0.title, .dim) }
    return ([heading] + rows).map { line($0, widths, shown, limit: width) }
  }

  private func naturalWidths() -> [Int] {
    columns.indices.map { index in
      rows.reduce(DisplayWidth.of(columns[index].title)) { max($0, $1[index].width) }
    }
  }

  private func total(_ widths: [Int], _ shown: [Int]) -> Int {
    shown.reduce(0) { $0 + widths[$1] } + Self.gap * max(0, shown.count - 1)
  }

  /// Takes from the widest that may be cut, until it fits or none may be cut any more.
  private func cut(_ widths: inout [Int], of shown: [Int], to limit: Int) {
    while total(widths, shown) > limit {
      let cuttable = shown.filter { index in
        columns[index].least.map { widths[index] > $0 } ?? false
      }
      guard let widest = cuttable.max(by: { widths[$0] < widths[$1] }) else { return }
      widths[widest] -= 1
    }
  }

  private func mostDispensable(of shown: [Int]) -> Int? {
    shown.filter { columns[$0].dispensable != nil }
      .max { (columns[$0].dispensable ?? 0) < (columns[$1].dispensable ?? 0) }
  }

  private func line(
    _ cells: [StyledText], _ widths: [Int], _ shown: [Int], limit: Int?
  ) -> StyledText {
    var line: StyledText = ""
    // No blanks at the end of a line.
    let last = shown.lastIndex { !cells[$0].isEmpty } ?? 0
    for (place, index) in shown.prefix(last + 1).enumerated() {
      let cell = cells[index].truncated(to: widths[index])
      let isLast = place == last
      let isNumber = columns[index].isNumber
      line += isLast && !isNumber ? cell : cell.padded(to: widths[index], onTheLeft: isNumber)
      if !isLast { line += StyledText(String(repeating: " ", count: Self.gap)) }
    }
    return limit.map { line.truncated(to: $0) } ?? line
  }
}
