import APIClient

/// Pods, below an empty line; nothing where there are none.
enum PodTable {
  static func lines(_ pods: [PodRecord], width: Int?) -> [StyledText] {
    guard !pods.isEmpty else { return [] }
    var table = Table(columns: [
      Table.Column("POD", least: 16), Table.Column("RESTARTS", isNumber: true),
      Table.Column("STATE", least: 16, dispensable: 1),
      Table.Column("IMAGE", least: 16, dispensable: 2),
    ])
    table.rows = pods.map { pod in
      let state = [pod.reason, pod.message].filter { !$0.isEmpty }.joined(separator: ": ")
      return [
        StyledText(pod.name), StyledText("\(pod.restarts)"), StyledText(state),
        StyledText(pod.images.joined(separator: " ")),
      ]
    }
    return [""] + table.lines(width: width)
  }
}

extension Facts {
  /// One line for each; nothing where there are none.
  mutating func add(_ name: String, _ items: [String], _ style: StyledText.Style = .plain) {
    for (index, item) in items.enumerated() {
      index == 0 ? add(name, StyledText(item, style)) : more(StyledText(item, style))
    }
  }
}
