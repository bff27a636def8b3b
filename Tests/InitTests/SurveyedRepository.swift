import DeployModel
import Foundation
import TestKit

@testable import slipway

/// A repository as a test describes it, and what `init` makes of it.
struct SurveyedRepository {
  let directory: TemporaryDirectory
  let root: String

  init(_ files: [String: String] = [:], name: String = "shop") throws {
    directory = try TemporaryDirectory("init")
    root = directory.appending(name)
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    for (path, text) in files { try write(text, to: path) }
  }

  func write(_ text: String, to path: String) throws {
    try directory.write(text, to: "\(PathText.name(of: root))/\(path)")
  }

  func draft() throws -> Draft { Draft(try Survey(root: root), directory: root) }

  /// What `slipway check` reads of the draft, once the secrets that it names are there.
  func configuration() throws -> Configuration { try Self.accepted(try draft().text) }

  static func accepted(_ text: String) throws -> Configuration {
    let directory = try TemporaryDirectory("init-check")
    let file = try directory.write(text, to: "slipway.yaml")
    for match in text.matches(of: #/secrets\/[a-zA-Z0-9._-]+/#) {
      try directory.write("a-secret-of-enough-length\n", to: String(match.output))
    }
    return try Configuration.load(file: file, environment: [:])
  }

  /// `examples/mirai` as it is in this repository.
  static func mirai() throws -> SurveyedRepository {
    let repository = try SurveyedRepository(name: "mirai")
    try FileManager.default.removeItem(atPath: repository.root)
    try FileManager.default.copyItem(
      atPath: Fixtures.packageRoot.appending(path: "examples/mirai").path,
      toPath: repository.root)
    return repository
  }
}

/// What a test compares of a service.
struct ServiceLine: Hashable, CustomStringConvertible {
  var description: String

  init(_ text: String) { description = text }

  init(_ service: Service) {
    let kind = service.filter.kind == .paths ? "" : "!"
    description =
      "\(service.name): \(kind)\(service.filter.patterns.joined(separator: " ")) | "
      + "\(service.build.context) | \(service.build.dockerfile) | \(service.image) | "
      + "\(service.manifest.path) `\(service.manifest.imageName)`"
  }
}

extension Configuration {
  var serviceLines: [String] {
    services.values.sorted { $0.name < $1.name }.map { ServiceLine($0).description }
  }
}

extension ServiceName {
  init(known text: String) throws {
    guard let name = ServiceName(text) else { throw ShellFailure("no name: \(text)") }
    self = name
  }
}

/// A kustomization with one entry.
func kustomization(_ image: String, newName: String? = nil) -> String {
  "resources: [deployment.yaml]\nimages:\n- name: \(image)\n"
    + (newName.map { "  newName: \($0)\n" } ?? "") + "  newTag: abc1234\n"
}
