/// Pages of a list as one list, each item byte for byte as the server sent it.
enum RawList {
  static func joined<Item: Decodable & Sendable>(
    _ pages: [Answer<ListRecord<Item>>]
  ) -> Answer<ListRecord<Item>> {
    guard pages.count > 1, let last = pages.last else {
      return pages.first ?? Answer(value: ListRecord(items: [], nextCursor: nil), json: [])
    }
    var json = Array(#"{"items":["#.utf8)
    var isFirst = true
    for page in pages {
      for item in items(in: page.json) {
        if !isFirst { json.append(UInt8(ascii: ",")) }
        json += item
        isFirst = false
      }
    }
    json += Array(#"],"nextCursor":"#.utf8)
    // Ours to write: a cursor is a number or a configuration key (`openapi.yaml`, Cursor).
    json += Array(last.value.nextCursor.map { "\"\($0)\"" }?.utf8 ?? "null".utf8)
    json.append(UInt8(ascii: "}"))
    let items = pages.flatMap(\.value.items)
    return Answer(
      value: ListRecord(items: items, nextCursor: last.value.nextCursor), json: json)
  }

  /// The items of a document `{"items":[…], …}` that is known to be JSON.
  static func items(in document: [UInt8]) -> [ArraySlice<UInt8>] {
    var items: [ArraySlice<UInt8>] = []
    var depth = 0
    var isInside = false
    var isEscaped = false
    /// Where the list's `[` was at depth 1 under the key `items`.
    var isList = false
    var key: ArraySlice<UInt8>?
    var stringStart = 0
    var itemStart: Int?
    for (index, byte) in document.enumerated() {
      if isInside {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInside = false
          if depth == 1 { key = document[(stringStart + 1)..<index] }
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""):
        isInside = true
        stringStart = index
      case UInt8(ascii: "["), UInt8(ascii: "{"):
        depth += 1
        if depth == 2, byte == UInt8(ascii: "["), key?.elementsEqual("items".utf8) == true {
          isList = true
          itemStart = index + 1
        }
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        depth -= 1
        if depth == 1, isList {
          isList = false
          if let start = itemStart { append(document[start..<index]) }
        }
      case UInt8(ascii: ",") where depth == 2 && isList:
        if let start = itemStart { append(document[start..<index]) }
        itemStart = index + 1
      default: break
      }
    }
    return items

    func append(_ slice: ArraySlice<UInt8>) {
      let blank: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0d]
      var item = slice
      while let first = item.first, blank.contains(first) { item = item.dropFirst() }
      while let last = item.last, blank.contains(last) { item = item.dropLast() }
      if !item.isEmpty { items.append(item) }
    }
  }
}
