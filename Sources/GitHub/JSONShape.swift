/// The members that somebody wants of a JSON object, by their paths: compiled once, used for every
/// text.
struct JSONShape: Sendable {
  struct Node: Sendable {
    var key: [UInt8]
    var children: [Int] = []
    /// The lengths of the children's keys, one bit each: most keys of a payload fail by theirs.
    var lengths: UInt64 = 0
  }

  /// The first is the text's own value.
  private(set) var nodes = [Node(key: [])]
  /// For each path, in the given order, its node.
  private(set) var targets: [Int] = []
  private(set) var depth = 0

  init(_ paths: [[String]]) {
    for path in paths {
      var current = 0
      for key in path { current = child(of: current, key: Array(key.utf8)) }
      targets.append(current)
      depth = max(depth, path.count)
    }
  }

  private mutating func child(of parent: Int, key: [UInt8]) -> Int {
    if let known = nodes[parent].children.first(where: { nodes[$0].key == key }) { return known }
    nodes.append(Node(key: key))
    nodes[parent].children.append(nodes.count - 1)
    nodes[parent].lengths |= 1 << UInt64(min(key.count, 63))
    return nodes.count - 1
  }
}
