/// The members that somebody wants of a JSON object, by their paths: compiled once, used for every
/// text.
struct JSONShape: Sendable {
  /// Plain numbers, so that looking at one counts no references.
  struct Node: Sendable {
    /// In `keys`.
    var key: Range<Int>
    /// The first of its children and the next of its parent's; nil where there is none.
    var child: Int?
    var sibling: Int?
    /// The lengths of the children's keys, one bit each: most keys of a payload fail by theirs.
    var lengths: UInt64 = 0
  }

  /// The first is the text's own value.
  private(set) var nodes = [Node(key: 0..<0)]
  private(set) var keys: [UInt8] = []
  /// For each path, in the given order, its node.
  private(set) var targets: [Int] = []
  private(set) var depth = 0

  init(_ paths: [[String]]) {
    for path in paths {
      var current = 0
      for key in path { current = addChild(of: current, key: Array(key.utf8)) }
      targets.append(current)
      depth = max(depth, path.count)
    }
  }

  /// The child of `parent` whose key has `count` bytes, each of which `byte` gives for its position.
  func child(of parent: Int, count: Int, _ byte: (Int) -> UInt8) -> Int? {
    guard nodes[parent].lengths >> UInt64(min(count, 63)) & 1 == 1 else { return nil }
    var next = nodes[parent].child
    while let child = next {
      let key = nodes[child].key
      if key.count == count {
        var index = 0
        while index < count, keys[key.lowerBound + index] == byte(index) { index += 1 }
        if index == count { return child }
      }
      next = nodes[child].sibling
    }
    return nil
  }

  private mutating func addChild(of parent: Int, key: [UInt8]) -> Int {
    if let known = child(of: parent, count: key.count, { key[$0] }) { return known }
    var node = Node(key: keys.count..<keys.count + key.count)
    keys += key
    node.sibling = nodes[parent].child
    nodes.append(node)
    nodes[parent].child = nodes.count - 1
    nodes[parent].lengths |= 1 << UInt64(min(key.count, 63))
    return nodes.count - 1
  }
}
