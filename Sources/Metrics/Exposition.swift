/// Prometheus's text format, version 0.0.4.
package struct Exposition: Sendable {
  package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  package private(set) var text = ""

  package init() {}

  package enum Kind: String, Sendable { case counter, gauge, histogram }

  package mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
    text += "# HELP \(name) \(Self.escaped(help))\n# TYPE \(name) \(kind.rawValue)\n"
  }

  package mutating func sample(
    _ name: String, _ labels: [(name: String, value: String)] = [], _ value: Double
  ) {
    text += name
    if !labels.isEmpty {
      let pairs = labels.map { "\($0.name)=\"\(Self.escaped($0.value, inQuotes: true))\"" }
      text += "{\(pairs.joined(separator: ","))}"
    }
    text += " \(Self.number(value))\n"
  }

  /// A gauge or counter with one sample.
  package mutating func single(
    _ name: String, _ kind: Kind, _ help: String, _ value: Double
  ) {
    begin(name, kind, help)
    sample(name, [], value)
  }

  mutating func add(_ family: Family<Counter>) {
    begin(family.name, .counter, family.help)
    for (values, counter) in family.all {
      sample(family.name, pairs(family.labels, values), Double(counter.current))
    }
  }

  mutating func add(_ family: Family<Gauge>) {
    begin(family.name, .gauge, family.help)
    for (values, gauge) in family.all {
      sample(family.name, pairs(family.labels, values), Double(gauge.current))
    }
  }

  mutating func add(_ family: Family<Histogram>) {
    begin(family.name, .histogram, family.help)
    for (values, histogram) in family.all {
      let labels = pairs(family.labels, values)
      let (cumulative, sum) = histogram.snapshot
      for (bound, count) in zip(histogram.bounds, cumulative) {
        sample("\(family.name)_bucket", labels + [("le", Self.number(bound))], Double(count))
      }
      let total = Double(cumulative.last ?? 0)
      sample("\(family.name)_bucket", labels + [("le", "+Inf")], total)
      sample("\(family.name)_sum", labels, sum)
      sample("\(family.name)_count", labels, total)
    }
  }

  private func pairs(_ names: [String], _ values: [String]) -> [(name: String, value: String)] {
    Array(zip(names, values))
  }

  /// Whole numbers without a point, so that they read as what they are.
  private static func number(_ value: Double) -> String {
    if value == value.rounded(), abs(value) < 1e15 { return "\(Int(value))" }
    return "\(value)"
  }

  private static func escaped(_ text: String, inQuotes: Bool = false) -> String {
    var result = ""
    for character in text.unicodeScalars {
      switch character {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where inQuotes: result += "\\\""
      default: result.unicodeScalars.append(character)
      }
    }
    return result
  }
}
