import Foundation
import Yams

/// One image entry as libyaml alone reads it, in a file's first document.
struct WrittenEntry {
  var name: String
  var newName: String?
  var newTag: String?
  var digest: String?

  static func all(in file: [UInt8]) throws -> [WrittenEntry] {
    let images = try KustomizationRoot(file).root["images"]?.sequence.map(Array.init) ?? []
    return images.compactMap { item in
      func text(_ key: String) -> String? {
        guard let scalar = (item[key] ?? item["<<"]?[key])?.scalar,
          !(scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)),
          !scalar.string.isEmpty
        else { return nil }
        return scalar.string
      }
      return text("name").map {
        WrittenEntry(
          name: $0, newName: text("newName"), newTag: text("newTag"), digest: text("digest"))
      }
    }
  }
}

/// A file's first document, and where its mapping begins.
struct KustomizationRoot {
  let root: Node.Mapping
  /// In bytes of the file.
  let start: Int
  var isFlow: Bool { file.indices.contains(start) && file[start] == UInt8(ascii: "{") }
  private let file: [UInt8]

  init(_ file: [UInt8]) throws {
    self.file = file
    let mark = file.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let text = String(decoding: file.dropFirst(mark), as: UTF8.self)
    let node = try Parser(yaml: text, encoding: .utf8).nextRoot()
    root = node?.mapping ?? [:]
    guard let place = node?.mark else {
      start = mark
      return
    }
    // libyaml ends lines at CRLF, LF and CR; none of the files has another before its first key.
    var (offset, line) = (mark, 1)
    while line < place.line, offset < file.count {
      if file[offset] == 0x0A || (file[offset] == 0x0D && file[offset + 1] != 0x0A) { line += 1 }
      offset += 1
    }
    start = offset + place.column - 1
  }
}

/// R7, judged on bytes: what stands in the place of what.
struct EntryOnly {
  var name: String
  var repository: String
  var tag: String
  var digest: String
  var before: WrittenEntry?

  /// Nil if `after` is `before` with, in one or two places, the entry's own text and nothing else
  /// in place of its own old text.
  func complaint(_ before: [UInt8], _ after: [UInt8]) -> String? {
    // A digest is a word of its own: where it stood the new one stands, and the rest has one gap.
    var middle = before
    if let old = self.before?.digest, let place = only(Array(old.utf8), in: before) {
      middle.replaceSubrange(place, with: Array(digest.utf8))
    }
    for candidate in [middle, before] {
      let prefix = zip(candidate, after).prefix { $0 == $1 }.count
      // An insertion that begins as what follows it does can be seen at several places.
      for start in stride(from: prefix, through: max(0, prefix - 80), by: -1) {
        let room = min(candidate.count, after.count) - start
        let suffix = zip(candidate.reversed(), after.reversed()).prefix { $0 == $1 }.prefix(room)
          .count
        let old = words(candidate[start..<(candidate.count - suffix)])
        let new = words(after[start..<(after.count - suffix)])
        if removable.contains(old), writable.contains(new) { return nil }
      }
    }
    return "\(String(decoding: before, as: UTF8.self))→\n\(String(decoding: after, as: UTF8.self))"
  }

  private func only(_ text: [UInt8], in bytes: [UInt8]) -> Range<Int>? {
    let places = bytes.indices.filter { bytes[$0...].starts(with: text) }
    return places.count == 1 ? places[0]..<(places[0] + text.count) : nil
  }

  /// Without comments, blanks and punctuation.
  private func words(_ bytes: ArraySlice<UInt8>) -> String {
    let lines = String(decoding: bytes, as: UTF8.self).split { $0.isNewline }
    return lines.map { line in
      let code = line.hasPrefix("#") ? "" : line.firstRange(of: " #").map { line[..<$0.lowerBound] }
      return (code ?? line).filter { !" \t\",'{}[]:-|>~&*!\u{FEFF}".contains($0) }
    }.joined()
  }

  private var removable: Set<String> {
    let tag = before?.newTag ?? ""
    // An alias, and a tag that says that it is a number.
    return ["", "null", "release", "int\(tag)", words(Array(tag.utf8)[...])]
  }

  private var writable: Set<String> {
    let tag = [self.tag, "newTag\(self.tag)", "newTag\(self.tag)digest\(digest)"]
    let entry = "name\(name)newName\(repository)newTag\(self.tag)"
    let plain = before == nil ? [entry, "images\(entry)", "images: []\(entry)"] : tag
    return Set(plain.map { words(Array($0.utf8)[...]) } + (before == nil ? [] : [""]))
  }
}
