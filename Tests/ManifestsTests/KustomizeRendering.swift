import Foundation
import Posix
import TestKit
import Yams

/// A file before and after an edit, with what kustomize needs beside it.
struct RenderedPair {
  var label: String
  var before: [UInt8]
  var after: [UInt8]
  /// `name` of the entry that was edited.
  var image: String
  /// What a container of that image must run afterwards.
  var expected: String
  var neighbours: [String]
}

/// `kubectl kustomize` of many files at once: one parent lists them, which costs one process.
struct KustomizeRendering {
  enum Outcome {
    /// Of the file's workloads.
    case lines([Substring])
    /// In kustomize's words.
    case refused(String)
  }

  /// A file with a number of its own, and what its workloads run.
  typealias Numbered = (number: Int, file: [UInt8], images: [String])

  /// Those of a file that name nothing but plain files beside it; others need what we do not have.
  static func canStandAlone(_ file: [UInt8]) throws -> Bool {
    let root = try KustomizationRoot(file).root
    let harmless: Set<String> = [
      "apiVersion", "kind", "metadata", "namespace", "namePrefix", "nameSuffix", "commonLabels",
      "labels", "commonAnnotations", "images", "resources", "buildMetadata",
    ]
    return root.keys.allSatisfy { harmless.contains($0.string ?? "") }
      && resources(of: root).allSatisfy { !$0.contains("/") && $0.contains(".y") }
  }

  private static func resources(of root: Node.Mapping) -> [String] {
    root["resources"]?.sequence?.compactMap(\.string) ?? []
  }

  /// In order. A chunk that is refused is halved until the file is found that is to blame.
  static func render(_ files: [Numbered]) async throws -> [Outcome] {
    // kubectl 1.32 keeps every file of a parent open in memory: more than this gains nothing.
    guard files.count <= 32 else {
      return try await render(Array(files[..<32])) + render(Array(files[32...]))
    }
    let directory = try TemporaryDirectory("slipway-render")
    for file in files {
      try write(file.file, images: file.images, number: file.number, to: directory)
    }
    // A name of digits alone is refused as a resource.
    let names = files.map { "- c\($0.number)\n" }.joined()
    try directory.write("resources:\n\(names)", to: "kustomization.yaml")
    let result = try await ChildProcess(
      "/usr/bin/kubectl", ["kustomize", "--", directory.path],
      environment: ["PATH": "/usr/bin:/bin", "HOME": directory.path], deadline: .seconds(120)
    ).run()
    if result.succeeded { return split(result.outputText, files.map(\.number)) }
    if files.count == 1 { return [.refused(result.errorText)] }
    let middle = files.count / 2
    return try await render(Array(files[..<middle])) + render(Array(files[middle...]))
  }

  private static func write(
    _ file: [UInt8], images: [String], number: Int, to directory: TemporaryDirectory
  ) throws {
    let place = try KustomizationRoot(file)
    var bytes = file
    var names = resources(of: place.root)
    if names.isEmpty {
      names = ["workload.yaml"]
      let text = String(decoding: file, as: UTF8.self)
      if text.contains("resources: []") {
        bytes = Array(text.replacing("resources: []", with: "resources: [workload.yaml]").utf8)
      } else if place.isFlow {
        bytes.insert(
          contentsOf: Array("\"resources\":[\"workload.yaml\"],".utf8), at: place.start + 1)
      } else {
        bytes.insert(contentsOf: Array("resources: [workload.yaml]\n".utf8), at: place.start)
      }
    }
    let isComponent = place.root["kind"]?.string == "Component"
    let folder = isComponent ? "c\(number)/component" : "c\(number)"
    if isComponent {
      try directory.write("components: [component]\n", to: "c\(number)/kustomization.yaml")
    }
    for (index, name) in names.enumerated() {
      try directory.write(
        workload(named: "w\(number)x\(index)", images: images), to: "\(folder)/\(name)")
    }
    try Data(bytes).write(to: directory.url.appending(path: "\(folder)/kustomization.yaml"))
  }

  private static func workload(named name: String, images: [String]) -> String {
    let containers = images.enumerated().map {
      "      - name: c\($0.offset)\n        image: \"\($0.element):latest\"\n"
    }
    return """
      apiVersion: batch/v1
      kind: Job
      metadata:
        name: \(name)
      spec:
        template:
          spec:
            containers:
      \(containers.joined())
      """
  }

  private static func split(_ output: String, _ numbers: [Int]) -> [Outcome] {
    var found: [Int: [Substring]] = [:]
    for document in output.components(separatedBy: "\n---\n") {
      let marked = document.firstMatch(of: /\bname: (?:[a-z-]*-)?w([0-9]+)x[0-9]+/)
      guard let number = marked.flatMap({ Int($0.output.1) }) else { continue }
      found[number, default: []] += String(document).split(separator: "\n")
    }
    return numbers.map { .lines(found[$0] ?? []) }
  }
}
