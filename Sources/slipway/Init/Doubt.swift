/// Something that could not be told from the repository, and what to do about it.
struct Doubt: Hashable, Sendable, CustomStringConvertible {
  /// A path in the repository, perhaps with line and column.
  var place: String
  var sentence: String

  init(_ place: String, _ sentence: String) {
    self.place = place
    self.sentence = sentence
  }

  var description: String { place.isEmpty ? sentence : "\(place): \(sentence)" }
}
