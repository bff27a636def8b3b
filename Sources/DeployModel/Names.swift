/// A service's key in the configuration: letters, digits, `-`, `_` and `.`, at most 63, beginning
/// with a letter or digit. It stands in deployment ids, URLs and commit subjects.
package struct ServiceName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let name: String

  package init?(_ text: some StringProtocol) {
    guard isConfigurationKey(text) else { return nil }
    name = String(text)
  }

  package var description: String { name }
  package static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}

/// A repository's key in the configuration, of the same form as a service's.
package struct RepositoryName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let name: String

  package init?(_ text: some StringProtocol) {
    guard isConfigurationKey(text) else { return nil }
    name = String(text)
  }

  package var description: String { name }
  package static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}

/// The name of one of `notifications`, of the same form as a service's.
package struct TargetName: Hashable, Sendable, Comparable, CustomStringConvertible {
  package let name: String

  package init?(_ text: some StringProtocol) {
    guard isConfigurationKey(text) else { return nil }
    name = String(text)
  }

  package var description: String { name }
  package static func < (left: Self, right: Self) -> Bool { left.name < right.name }
}

private func isConfigurationKey(_ text: some StringProtocol) -> Bool {
  guard let first = text.utf8.first, text.utf8.count <= 63, isASCIILetterOrDigit(first) else {
    return false
  }
  let punctuation = Set("-_.".utf8)
  return text.utf8.allSatisfy { isASCIILetterOrDigit($0) || punctuation.contains($0) }
}

/// `backend-42`: a service and its running number.
package struct DeploymentID: Hashable, Sendable, CustomStringConvertible {
  package let service: ServiceName
  package let number: Int

  package init(service: ServiceName, number: Int) {
    self.service = service
    self.number = number
  }

  package init?(_ text: some StringProtocol) {
    guard let dash = text.lastIndex(of: "-"), let service = ServiceName(text[..<dash]) else {
      return nil
    }
    let digits = text[text.index(after: dash)...].utf8
    guard !digits.isEmpty, digits.count <= 18, digits.first != UInt8(ascii: "0"),
      digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
    else { return nil }
    self.service = service
    number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  package var description: String { "\(service)-\(number)" }
}

/// `X-GitHub-Delivery`: the same on a redelivery. Letters, digits and dashes, at most
/// 64.
package struct DeliveryGUID: Hashable, Sendable, CustomStringConvertible {
  package let text: String

  package init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= 64,
      text.utf8.allSatisfy({ isASCIILetterOrDigit($0) || $0 == UInt8(ascii: "-") })
    else { return nil }
    self.text = text
  }

  package init?(_ text: Substring) { self.init(String(text)) }

  package var description: String { text }
}
