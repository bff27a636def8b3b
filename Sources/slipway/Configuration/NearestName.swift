/// The candidate that a mistyped word most likely meant; nil if none is near.
func nearestName(to word: String, among candidates: some Sequence<String>) -> String? {
  // A file of errors must not cost quadratic time in the length of a hostile key.
  guard word.utf8.count <= 64 else { return nil }
  let limit = word.utf8.count <= 3 ? 1 : word.utf8.count <= 7 ? 2 : 3
  let lowered = Array(word.lowercased().utf8)
  return
    candidates
    .map { ($0, editDistance(lowered, Array($0.lowercased().utf8))) }
    .filter { $0.1 <= limit }
    .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}

/// Insertions, deletions, replacements, and swaps of neighbours ("optimal string alignment").
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  if left.isEmpty || right.isEmpty { return max(left.count, right.count) }
  var twoAbove: [Int] = []
  var above = Array(0...right.count)
  for i in 1...left.count {
    var row = [i]
    row.reserveCapacity(right.count + 1)
    for j in 1...right.count {
      let cost = left[i - 1] == right[j - 1] ? 0 : 1
      var best = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost)
      if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
        best = min(best, twoAbove[j - 2] + 1)
      }
      row.append(best)
    }
    twoAbove = above
    above = row
  }
  return above[right.count]
}
