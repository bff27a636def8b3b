/// Names and what is to be said of them, the names in a column of their own.
struct Facts {
  private var facts: [(name: String, text: StyledText)] = []

  mutating func add(_ name: String, _ text: StyledText) { facts.append((name, text)) }
  mutating func add(_ name: String, _ text: String?) {
    if let text, !text.isEmpty { add(name, StyledText(text)) }
  }
  /// Belongs to the fact before it.
  mutating func more(_ text: StyledText) { facts.append(("", text)) }

  /// Long ones are not cut: a reason is there to be read. The terminal breaks them.
  var lines: [StyledText] {
    let width = facts.map { DisplayWidth.of($0.name) }.max() ?? 0
    return facts.map { "  " + StyledText($0.name, .dim).padded(to: width) + "  " + $0.text }
  }
}
