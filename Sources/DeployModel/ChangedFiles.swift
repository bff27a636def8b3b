/// The files of one diff, sorted by their bytes as git sorts them, in one buffer: what many filters
/// are tried on.
package struct ChangedFiles: Sendable {
  let bytes: [UInt8]
  private let ends: [Int]

  package init(_ paths: some Sequence<String>) {
    let sorted = paths.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    bytes = Array(sorted.joined())
    var end = 0
    ends = sorted.map { path in
      end += path.count
      return end
    }
  }

  package var count: Int { ends.count }

  package subscript(index: Int) -> String { String(decoding: bytes[slice(index)], as: UTF8.self) }

  func slice(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

  /// The files that begin with `prefix`: neighbours, since the list is sorted.
  func range(beginningWith prefix: [UInt8]) -> Range<Int> {
    let lower = firstIndex { order($0, prefix) >= 0 }
    let upper = firstIndex { order($0, prefix) > 0 }
    return lower..<upper
  }

  /// Where `isBeyond` turns true, by halving.
  private func firstIndex(where isBeyond: (Int) -> Bool) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if isBeyond(middle) { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Negative if the file sorts before every path that begins with `prefix`, zero if it begins
  /// with it, positive if it sorts after them all.
  private func order(_ index: Int, _ prefix: [UInt8]) -> Int {
    let slice = slice(index)
    for offset in prefix.indices {
      guard offset < slice.count else { return -1 }
      let difference = Int(bytes[slice.lowerBound + offset]) - Int(prefix[offset])
      if difference != 0 { return difference }
    }
    return 0
  }
}
