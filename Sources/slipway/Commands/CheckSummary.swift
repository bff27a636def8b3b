import DeployModel

/// What a good configuration amounts to, on one screen.
struct CheckSummary: CustomStringConvertible {
  var description: String

  init(_ configuration: Configuration, file: String) {
    var lines = configuration.remarks.map(\.description)
    let services = configuration.services.values.sorted { $0.name < $1.name }
    if !services.isEmpty {
      let width = services.map(\.name.name.utf8.count).max() ?? 0
      for service in services {
        let name = service.name.name.padded(to: width)
        lines.append("\(name)  \(Self.source(of: service)) → \(service.image)")
        lines.append(
          "\("".padded(to: width))  → `\(service.manifest.imageName)` in "
            + "\(Self.place(of: service.manifest))")
      }
    }
    let warnings = configuration.remarks.count { $0.severity == .warning }
    let found = warnings == 0 ? "" : ", \(counted(warnings, "warning"))"
    let repositories = counted(configuration.repositories.count, "repository", "repositories")
    lines.append(
      "\(file): no errors\(found); \(counted(services.count, "service")) from \(repositories)")
    description = lines.joined(separator: "\n")
  }

  private static func source(of service: Service) -> String {
    let kind = service.filter.kind == .paths ? "" : "ignoring "
    let patterns = service.filter.patterns.joined(separator: " ")
    return "\(service.repository): \(kind)\(patterns) → \(service.build.dockerfile)"
  }

  private static func place(of manifest: ManifestLocation) -> String {
    "\(manifest.repository)@\(manifest.branch):\(manifest.path)"
  }
}

private func counted(_ count: Int, _ one: String, _ many: String? = nil) -> String {
  "\(count) \(count == 1 ? one : many ?? "\(one)s")"
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - utf8.count))
  }
}
