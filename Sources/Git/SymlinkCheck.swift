/// R13: whether a path of a check-out, with its symbolic links followed as the kernel would follow
/// them, leaves the check-out. Text alone does not tell: `up/..` is elsewhere if `up` is a link.
struct SymlinkCheck {
  /// Where each link leads, by its path.
  let targets: [[UInt8]: [UInt8]]

  /// As the kernel's: a chain this long is an error there (ELOOP), and leads nowhere.
  private static let longestChain = 40

  /// Cases: 1. a directory on the way to the path is a link: no honest tree has that, and writing
  /// the path would follow it. 2. An absolute target. 3. `..` at the root. Else nil.
  func escape(of path: [UInt8]) -> (link: [UInt8], target: [UInt8])? {
    guard !targets.isEmpty else { return nil }
    for (index, byte) in path.enumerated() where byte == UInt8(ascii: "/") {
      let parent = Array(path[..<index])
      if let target = targets[parent] { return (parent, target) }
    }
    guard let target = targets[path] else { return nil }
    return leaves(from: path, to: target) ? (path, target) : nil
  }

  private func leaves(from link: [UInt8], to target: [UInt8]) -> Bool {
    var position: [ArraySlice<UInt8>] = link.split(separator: UInt8(ascii: "/")).dropLast()
    var pending: [ArraySlice<UInt8>] = []
    var followed = 0
    var next: [UInt8]? = target
    while true {
      if let target = next {
        if target.first == UInt8(ascii: "/") { return true }
        followed += 1
        if followed > Self.longestChain { return false }
        pending += target.split(separator: UInt8(ascii: "/")).reversed()
        next = nil
      }
      guard let component = pending.popLast() else { return false }
      if component.elementsEqual(".".utf8) { continue }
      if component.elementsEqual("..".utf8) {
        if position.popLast() == nil { return true }
        continue
      }
      position.append(component)
      if let further = targets[Array(position.joined(separator: [UInt8(ascii: "/")]))] {
        position.removeLast()
        next = further
      }
    }
  }
}
