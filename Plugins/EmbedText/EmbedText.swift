import Foundation
import PackagePlugin

/// Turns text files into Swift string constants: `Store/SQL/*.sql` into `SQL`, and for RESTAPI the
/// package's `openapi.yaml` and what is in `RESTAPI/Dashboard` into `Resources`.
@main
struct EmbedText: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
    guard let target = target as? SourceModuleTarget else { return [] }
    let enumName: String
    let inputs: [URL]
    switch target.name {
    case "Store":
      enumName = "SQL"
      inputs = try files(in: target.directoryURL.appending(path: "SQL"))
    default:
      enumName = "Resources"
      inputs =
        [context.package.directoryURL.appending(path: "openapi.yaml")]
        + (try files(in: target.directoryURL.appending(path: "Dashboard")))
    }
    let output = context.pluginWorkDirectoryURL.appending(path: "\(enumName).swift")
    return [
      .buildCommand(
        displayName: "Embedding \(enumName) of \(target.name)",
        executable: try context.tool(named: "embed-text").url,
        arguments: [output.path, enumName] + inputs.map(\.path),
        inputFiles: inputs, outputFiles: [output])
    ]
  }

  private func files(in directory: URL) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: directory, includingPropertiesForKeys: nil)
      .filter { !$0.lastPathComponent.hasPrefix(".") }
      .sorted { $0.path < $1.path }
  }
}
