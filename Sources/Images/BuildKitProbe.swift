import Posix

/// Asks a builder for something small.
struct BuildKitProbe {
  let command: BuildKitCommand

  struct Trouble: Hashable {
    /// For people.
    var text: String
    /// False where waiting does not help: certificates.
    var mayPass: Bool
  }

  /// Nil: it answers.
  func trouble(at address: String) async -> Trouble? {
    do throws(ChildError) {
      let result = try await command.process(
        at: address, ["debug", "workers"], deadline: BuildKitCommand.shortDeadline
      ).run()
      guard !result.succeeded else { return nil }
      return Self.trouble(inLines: result.errorText)
    } catch {
      if case .notFound = error { return Trouble(text: "\(error)", mayPass: false) }
      return Trouble(text: "\(error)", mayPass: true)
    }
  }

  static func trouble(inLines text: String) -> Trouble {
    let lines = text.split(whereSeparator: \.isNewline)
    let line = lines.last { $0.hasPrefix("error: ") } ?? lines.last ?? "it does not say why"
    let isCertificate = line.contains("x509: ") || line.contains("tls: ")
    return Trouble(text: String(line.prefix(500)), mayPass: !isCertificate)
  }
}
