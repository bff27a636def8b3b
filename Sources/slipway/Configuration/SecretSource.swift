/// Where a secret's value stands: never in the configuration file itself.
enum SecretSource: Hashable, Sendable {
  case file(String)
  case environment(String)
}

extension SecretSource {
  /// Bounds what a mistaken path (a log, a disk image) can pull into memory.
  static let sizeLimit = 64 * 1024

  /// For sentences.
  var place: String {
    switch self {
    case .file(let path): "the secret's file \(path)"
    case .environment(let name): "the environment variable \(name)"
    }
  }

  /// The value without its trailing line end, which editors and `echo` add. The sentence of a
  /// failure names the file or variable and never the value.
  func read(environment: [String: String]) throws(FormFault) -> Secret {
    let text: String
    switch self {
    case .file(let path):
      let bytes: [UInt8]
      do throws(FileFault) {
        bytes = try readFile(path, limit: Self.sizeLimit)
      } catch {
        throw FormFault("\(place) cannot be read: \(error.reason)")
      }
      guard let decoded = String(validating: bytes, as: UTF8.self) else {
        throw FormFault("\(place) is not UTF-8 text")
      }
      text = decoded
    case .environment(let name):
      guard let value = environment[name] else {
        throw FormFault("\(place) is not set: set it for this process, or use a file")
      }
      text = value
    }
    let value = withoutLineEnd(text)
    guard !value.isEmpty else { throw FormFault("\(place) is empty: put the secret into it") }
    guard !value.utf8.contains(0) else { throw FormFault("\(place) holds a NUL character") }
    return Secret(exposing: value)
  }
}

func withoutLineEnd(_ text: String) -> String {
  var scalars = Substring(text).unicodeScalars
  if scalars.last == "\n" {
    scalars.removeLast()
    if scalars.last == "\r" { scalars.removeLast() }
  }
  return String(scalars)
}
