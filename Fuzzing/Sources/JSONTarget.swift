import DeployModel
import FoundationEssentials
import WireKit

@testable import GitHub

/// Payloads: the scanner agrees with a second reader on what JSON is and on every value that is
/// wanted, Foundation agrees that it is JSON, and the payload holds what the tree holds. Bodies of
/// calls: their members are the tree's, if it is flat.
enum JSONTarget {
  private static let paths = [
    ["ref"], ["before"], ["deleted"], ["repository"], ["repository", "full_name"],
    ["repository", "clone_url"], ["head_commit", "id"], ["zen"], ["hook_id"], ["hook", "events"],
    ["hook", "config", "content_type"],
  ]
  private static let shape = JSONShape(paths)

  static func run(_ input: [UInt8]) {
    let tree = PlainJSON(input, maximumDepth: JSONScanner.maximumDepth)
    members(input, tree)
    let text = guarded.place(input)
    let selection: JSONSelection
    do throws(JSONError) {
      selection = try JSONScanner.scan(text.span.bytes, shape)
    } catch {
      require(tree == nil, "\(shown(input)) is refused: \(error)")
      require((0...input.count).contains(error.offset), "\(error) of \(input.count) bytes")
      return
    }
    guard let tree else { fail("\(shown(input)) is accepted") }
    for (index, path) in paths.enumerated() { compare(selection, index, tree[path], input) }
    foundationAgrees(input, tree)
    payloads(input, tree)
  }

  private static func compare(
    _ selection: JSONSelection, _ index: Int, _ value: PlainJSON?, _ input: [UInt8]
  ) {
    let kind: JSONToken.Kind
    var integer: Int64?
    switch value {
    case nil: kind = .absent
    case .null: kind = .null
    case .boolean: kind = .boolean
    case .number(let text):
      kind = .number
      integer = text.hasPrefix("-") ? nil : Int64(text)
    case .string: kind = .string
    case .array: kind = .array
    case .object: kind = .object
    }
    let token = selection[index]
    require(token.kind == kind, "\(shown(input)): \(paths[index]) is \(token.kind), not \(kind)")
    require(
      isSame(selection.string(index, in: input), value?.text)
        && selection.boolean(index, in: input) == value?.flag
        && selection.integer(index, in: input) == integer
        && areSame(selection.strings(index, in: input), value?.texts),
      "\(shown(input)): \(paths[index])")
  }

  /// Swift takes canonically equivalent texts for equal.
  private static func isSame(_ first: String?, _ second: String?) -> Bool {
    first.map { Array($0.utf8) } == second.map { Array($0.utf8) }
  }

  private static func areSame(_ first: [String]?, _ second: [String]?) -> Bool {
    first?.map { Array($0.utf8) } == second?.map { Array($0.utf8) }
  }

  /// Except for half a surrogate pair, which is grammar and which Foundation refuses; and a NUL
  /// or a mark among the first bytes, by which it guesses at UTF-16 and UTF-32.
  private static func foundationAgrees(_ input: [UInt8], _ tree: PlainJSON) {
    let text = String(decoding: input, as: UTF8.self).lowercased()
    if text.contains("\\ud") { return }
    do {
      let ref = try JSONDecoder().decode(Anything.self, from: Data(input)).members["ref"]
      // Foundation keeps the first of equal keys or the last, as its hash table has it.
      guard case .object(let members) = tree, members.filter({ $0.key == "ref" }).count == 1
      else { return }
      require(isSame(ref??.text, tree[["ref"]]?.text), "\(shown(input)): Foundation's ref")
    } catch {
      fail("\(shown(input)): Foundation says \(error)")
    }
  }

  private static func members(_ input: [UInt8], _ tree: PlainJSON?) {
    let members: [String: JSONMembers.Value]
    do throws(JSONMembers.Refusal) {
      members = try JSONMembers.read(input)
    } catch {
      // What is behind a nested member was not looked at.
      guard case .invalid(let error) = error, case .object = tree else { return }
      fail("\(shown(input)) is no object: \(error)")
    }
    guard case .object(let pairs) = tree else { fail("\(shown(input)) is taken for an object") }
    require(members.count == Set(pairs.map(\.key)).count, "\(shown(input)): \(members)")
    for (name, value) in members {
      let last = pairs.last { $0.key == name }?.value
      switch (value, last) {
      case (.null, .null), (.number, .number): break
      case (.boolean(let flag), .boolean(let other)) where flag == other: break
      case (.string(let text), .string(let other)) where isSame(text, other): break
      default: fail("\(shown(input)): \(name) is \(value)")
      }
    }
  }

  private static func payloads(_ input: [UInt8], _ tree: PlainJSON) {
    do throws(WebhookPayloadError) {
      guard case .push(let push) = try WebhookPayload(event: "push", body: input) else {
        fail("\(shown(input)) is no push")
      }
      require(
        isSame(push.ref, tree[["ref"]]?.text) && push.ref.hasPrefix("refs/")
          && isSame(push.before.description, tree[["before"]]?.text)
          && isSame(push.repository.cloneURL, tree[["repository", "clone_url"]]?.text)
          && push.deleted == (tree[["deleted"]]?.flag ?? false || push.after.isZero),
        "\(shown(input)) is \(push)")
    } catch {
      require(!"\(error)".isEmpty, "an error without words")
    }
    if case .ping(let ping)? = try? WebhookPayload(event: "ping", body: input) {
      require(
        isSame(ping.contentType, tree[["hook", "config", "content_type"]]?.text),
        "\(shown(input)) is \(ping)")
    }
  }
}

/// Whatever JSON says, so that Foundation has to read all of it.
private struct Anything: Decodable {
  struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { return nil }
  }

  var members: [String: Anything?] = [:]
  var text: String?

  init(from decoder: any Decoder) throws {
    if let object = try? decoder.container(keyedBy: Key.self) {
      for key in object.allKeys {
        members[key.stringValue] = try object.decodeIfPresent(Anything.self, forKey: key)
      }
    } else if var array = try? decoder.unkeyedContainer() {
      while !array.isAtEnd { _ = try array.decode(Anything.self) }
    } else {
      // A number or a literal that is no text: the decoder has seen that it is well formed.
      text = try? decoder.singleValueContainer().decode(String.self)
    }
  }
}
