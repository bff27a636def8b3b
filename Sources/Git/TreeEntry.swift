/// One entry of one directory.
package struct TreeEntry: Hashable, Sendable {
  /// Without slashes. Bytes that are no UTF-8 are replaced.
  package var name: String
  package var mode: FileMode
  /// Of a blob; of a tree, for a directory; of a commit, for a submodule.
  package var id: ObjectID

  /// A tree object: `<mode> SP <name> NUL <raw id>`, again and again.
  static func parse(tree bytes: [UInt8], idLength: Int) -> [TreeEntry]? {
    var entries: [TreeEntry] = []
    var index = 0
    while index < bytes.count {
      guard let space = bytes[index...].firstIndex(of: UInt8(ascii: " ")),
        let end = bytes[space...].firstIndex(of: 0), end + idLength < bytes.count,
        let mode = FileMode(octal: String(decoding: bytes[index..<space], as: UTF8.self))
      else { return nil }
      let next = end + 1 + idLength
      entries.append(
        TreeEntry(
          name: String(decoding: bytes[(space + 1)..<end], as: UTF8.self), mode: mode,
          id: ObjectID(raw: bytes[(end + 1)..<next])))
      index = next
    }
    return entries
  }
}

package struct GitFile: Hashable, Sendable {
  package var id: ObjectID
  /// For a symbolic link: where it leads.
  package var bytes: [UInt8]
  package var mode: FileMode

  package init(id: ObjectID, bytes: [UInt8], mode: FileMode) {
    self.id = id
    self.bytes = bytes
    self.mode = mode
  }
}
