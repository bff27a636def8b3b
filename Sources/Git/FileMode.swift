/// What a tree entry is. git knows no other permissions than "executable".
package enum FileMode: String, Hashable, Sendable, CaseIterable {
  case regular = "100644"
  case executable = "100755"
  case symlink = "120000"
  case directory = "040000"
  case submodule = "160000"

  /// Six octal digits, or five for a directory as tree objects spell it. Old git versions wrote
  /// 100664, which every newer one reads as 100644.
  init?(octal text: some StringProtocol) {
    switch text {
    case "40000": self = .directory
    case "100664": self = .regular
    default: self.init(rawValue: String(text))
    }
  }

  package var isFile: Bool { self == .regular || self == .executable }
}
