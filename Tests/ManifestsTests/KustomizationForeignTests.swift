import DeployModel
import Foundation
import Manifests
import TestKit
import Testing

/// Files of forty public repositories, as they stand there.
@Suite(
  "Kustomizations of other repositories",
  .enabled(if: Fixtures.areShared, "needs the shared fixtures: set SLIPWAY_FIXTURES"))
struct KustomizationForeignTests {
  struct Index: Decodable {
    struct File: Decodable {
      var file: String
      var images: [[String: String]]
    }
    var files: [File]
  }

  @Test("R7: the first entry's edit touches the lines of its tag and digest alone")
  func everyFirstEntry() throws {
    let folder = try #require(Fixtures.shared).appending(path: "kustomize")
    let index = try JSONDecoder().decode(
      Index.self, from: Data(contentsOf: folder.appending(path: "index.json")))
    let foreign = index.files.filter { !$0.file.hasPrefix("hand-") }
    #expect(foreign.count == 40)
    for file in foreign {
      let before = [UInt8](try Data(contentsOf: folder.appending(path: file.file)))
      for image in file.images {
        let read = try #require(
          try KustomizationFile.read(before, image: image["name"] ?? ""), "\(file.file)")
        #expect(read.tag == image["newTag"] && read.newName == image["newName"], "\(file.file)")
        #expect(read.digest == image["digest"], "\(file.file)")
      }
      guard let first = file.images.first else { continue }
      let outcome = try KustomizationEdit.make(first["name"] ?? "").apply(to: before)
      let expected = [first["newTag"] != nil, first["digest"] != nil].count { $0 }
      let (removed, added) = lineDifference(before, outcome.bytes)
      #expect(removed.count == expected, "\(file.file): \(removed)")
      #expect(added.count == expected + (first["newTag"] == nil ? 1 : 0), "\(file.file): \(added)")
      #expect(added.allSatisfy { $0.contains("newTag: \"1e52216\"") || $0.contains("digest: ") })
    }
  }

  /// Lines that only one of the two has, in order; both share their beginning and their end.
  private func lineDifference(_ before: [UInt8], _ after: [UInt8]) -> ([String], [String]) {
    let old = before.split(separator: 0x0A, omittingEmptySubsequences: false)
    let new = after.split(separator: 0x0A, omittingEmptySubsequences: false)
    let difference = new.difference(from: old)
    func text(_ change: CollectionDifference<ArraySlice<UInt8>>.Change) -> String {
      switch change {
      case .insert(_, let line, _), .remove(_, let line, _): String(decoding: line, as: UTF8.self)
      }
    }
    return (difference.removals.map(text), difference.insertions.map(text))
  }
}
