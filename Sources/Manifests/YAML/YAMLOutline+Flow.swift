/// `[…]` and `{…}`, which JSON is made of.
extension YAMLOutline {
  mutating func flowCollection(depth: Int) throws(Trouble) -> YAMLNode {
    try checkDepth(depth)
    let start = position
    let isMapping = text.byte(start) == UInt8(ascii: "{")
    let closer = isMapping ? UInt8(ascii: "}") : UInt8(ascii: "]")
    var node = YAMLNode(
      isMapping ? .mapping(isFlow: true) : .sequence(isFlow: true), start..<start)
    position += 1
    skipToToken()
    while let byte = text.byte(position), byte != closer {
      let pair = try flowEntry(depth: depth)
      if isMapping {
        try checkKey(pair.key)
        node.pairs.append(pair)
      } else if pair.colon != nil {
        // `[a: b]` is a list of one mapping of one pair.
        var single = YAMLNode(.mapping(isFlow: true), pair.key.start..<pair.value.end)
        try checkKey(pair.key)
        single.pairs = [pair]
        node.items.append(single)
      } else {
        node.items.append(pair.key)
      }
      skipToToken()
      if text.byte(position) == UInt8(ascii: ",") {
        position += 1
        skipToToken()
      } else if text.byte(position) != closer {
        throw trouble("a comma or a closing bracket is expected here")
      }
    }
    guard position < text.end else {
      throw Trouble(
        kind: .unclosed, position: start, message: "this bracket is never closed; close it")
    }
    position += 1
    node.end = position
    return node
  }

  /// A node, or a key with its value; without a colon the value is absent.
  private mutating func flowEntry(depth: Int) throws(Trouble) -> YAMLPair {
    let key = try flowNode(depth: depth)
    let end = position
    skipToToken()
    guard text.byte(position) == UInt8(ascii: ":") else {
      position = end
      return YAMLPair(key: key, value: absent(at: end), colon: nil)
    }
    let colon = position
    position += 1
    skipToToken()
    guard let byte = text.byte(position), !",]}".utf8.contains(byte) else {
      position = colon + 1
      return YAMLPair(key: key, value: absent(at: colon + 1), colon: colon)
    }
    return YAMLPair(key: key, value: try flowNode(depth: depth), colon: colon)
  }

  private mutating func flowNode(depth: Int) throws(Trouble) -> YAMLNode {
    let start = position
    let properties = try readProperties(inFlow: true)
    if !properties.isEmpty {
      let end = position
      skipToToken()
      if let byte = text.byte(position), ",]}:".utf8.contains(byte) {
        position = end
        return try adorn(absent(at: end), properties, start: start)
      }
    }
    return try adorn(
      readAtom(indent: -1, depth: depth + 1, inFlow: true), properties, start: start)
  }
}
