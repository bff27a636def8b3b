/// A value that must not be seen. Printing, interpolating or dumping it shows `<secret>` (R13).
struct Secret: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  /// The value itself: only for the call that needs it.
  let exposed: String

  init(exposing text: String) { exposed = text }

  var exposedBytes: [UInt8] { Array(exposed.utf8) }
  var description: String { "<secret>" }
  var debugDescription: String { "<secret>" }
  var customMirror: Mirror { Mirror(self, children: []) }
}
