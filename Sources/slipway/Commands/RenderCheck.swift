import DeployModel
import FoundationEssentials
import Posix
import Yams

/// Renders each service's kustomization with `kubectl kustomize`, kustomize's own code, and looks
/// whether the service's image entry has any effect: kustomize says nothing when it has none (R7).
struct RenderCheck {
  struct Finding: CustomStringConvertible {
    var service: ServiceName
    var text: String
    var isProblem: Bool

    /// Holds words of the repository.
    var description: String { StyledText("\(service): \(text)").text }
  }

  var services: [Service]
  /// Absolute paths, by repository.
  var checkouts: [RepositoryName: String]
  var environment: [String: String]

  /// A base on the far side of a slow link is fetched by kustomize itself.
  private static let deadline = Duration.seconds(60)
  private static let fileNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"]

  func run() async -> [Finding] {
    var findings: [Finding] = []
    for service in services { findings.append(await check(service)) }
    return findings
  }

  private func check(_ service: Service) async -> Finding {
    let manifest = service.manifest
    func finding(_ text: String, isProblem: Bool = true) -> Finding {
      Finding(service: service.name, text: text, isProblem: isProblem)
    }
    guard let root = checkouts[manifest.repository] else {
      return finding(
        "not rendered: give --repository \(manifest.repository)=DIR", isProblem: false)
    }
    let directory = "\(root)/\(manifest.path)"
    let entry: ImageEntry?
    do throws(FormFault) {
      entry = try imageEntry(named: manifest.imageName, in: directory)
    } catch {
      return finding(error.sentence)
    }
    let images: [String]
    do throws(FormFault) {
      images = try await render(directory)
    } catch {
      return finding(error.sentence)
    }
    let wanted = entry?.result ?? manifest.imageName
    let matches = images.filter { $0 == wanted || nameAlone($0) == wanted }
    guard !matches.isEmpty else {
      let list = images.isEmpty ? "none" : Set(images).sorted().joined(separator: ", ")
      return finding(
        "the images entry `\(manifest.imageName)` in \(manifest.path) matches nothing; images "
          + "there are: \(list)")
    }
    guard entry != nil else {
      return finding(
        "\(manifest.path) has no images entry `\(manifest.imageName)`; the first deployment adds "
          + "it, and it will match \(counted(matches.count))", isProblem: false)
    }
    return finding(
      "`\(manifest.imageName)` in \(manifest.path) sets \(counted(matches.count)) to \(wanted)",
      isProblem: false)
  }

  private func counted(_ count: Int) -> String { count == 1 ? "1 image" : "\(count) images" }

  // MARK: The kustomization

  private struct ImageEntry {
    /// The image as it stands after kustomize: new name, tag, digest.
    var result: String
  }

  private func imageEntry(
    named name: String, in directory: String
  ) throws(FormFault) -> ImageEntry? {
    let found = Self.fileNames.filter {
      FileManager.default.fileExists(atPath: "\(directory)/\($0)")
    }
    guard let file = found.first else {
      throw FormFault("\(directory) has no kustomization.yaml")
    }
    let bytes: [UInt8]
    do throws(FileFault) {
      bytes = try readFile("\(directory)/\(file)", limit: 4 << 20)
    } catch {
      throw FormFault("\(directory)/\(file) cannot be read: \(error.reason)")
    }
    let documents: [Node]
    do throws(YAMLSource.SyntaxFault) {
      documents = try UntrustedYAML.documents(String(decoding: bytes, as: UTF8.self))
    } catch {
      let place = "\(directory)/\(file):\(error.position.line):\(error.position.column)"
      throw FormFault("\(place): \(error.sentence)")
    }
    guard let images = documents.first?.mapping?["images"]?.sequence else { return nil }
    // The last of several entries for one name wins.
    let entry = images.last { $0.mapping?["name"]?.scalar?.string == name }?.mapping
    guard let entry else { return nil }
    let value = { (key: String) -> String? in
      guard let node = entry[key], !node.isNull, let text = node.scalar?.string else { return nil }
      return text.isEmpty ? nil : text
    }
    let tag = value("newTag").map { ":\($0)" } ?? ""
    let digest = value("digest").map { "@\($0)" } ?? ""
    return ImageEntry(result: (value("newName") ?? nameAlone(name)) + tag + digest)
  }

  /// Without tag and digest.
  private func nameAlone(_ image: String) -> String {
    let bare = image.prefix { $0 != "@" }
    let start = bare.lastIndex(of: "/") ?? bare.startIndex
    return String(bare[start...].firstIndex(of: ":").map { bare[..<$0] } ?? bare)
  }

  // MARK: Rendering

  private func render(_ directory: String) async throws(FormFault) -> [String] {
    let child = ChildProcess(
      "kubectl", ["kustomize", "--", directory],
      environment: ChildProcess.minimalEnvironment(
        path: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin", home: "/nonexistent"),
      deadline: Self.deadline)
    let result: ChildResult
    do throws(ChildError) {
      result = try await child.run()
    } catch {
      throw FormFault("cannot render: \(error)")
    }
    guard result.succeeded else {
      let said = result.errorText.split(separator: "\n").last.map(String.init) ?? "no reason given"
      throw FormFault("kubectl kustomize refuses \(directory): \(said)")
    }
    var images: [String] = []
    do throws(YAMLSource.SyntaxFault) {
      for document in try UntrustedYAML.documents(result.outputText) {
        collectImages(document, into: &images)
      }
    } catch {
      throw FormFault(
        "what kubectl kustomize makes of \(directory) cannot be read: line \(error.position.line): "
          + error.sentence)
    }
    return images
  }

  /// What kustomize itself looks at: `image` in every item of `containers` and `initContainers`, at
  /// any depth.
  private func collectImages(_ node: Node, into images: inout [String]) {
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        if ["containers", "initContainers"].contains(key.scalar?.string ?? ""),
          case .sequence(let containers) = value
        {
          images += containers.compactMap { $0.mapping?["image"]?.scalar?.string }
        }
        collectImages(value, into: &images)
      }
    case .sequence(let sequence):
      for item in sequence { collectImages(item, into: &images) }
    case .scalar, .alias: break
    }
  }
}
