import DeployModel

/// The edit's own proof: what was written is read again.
extension KustomizationEdit {
  /// 1. What follows the first document is where it was. 2. All other keys mean what they meant.
  /// 3. All other entries too. 4. The entry differs in `newTag` and `digest` alone, and they are
  /// ours. 5. The tag stands in double quotes.
  func verify(
    _ bytes: [UInt8], against before: ImageEntries, editing entry: ImageEntries.Entry?
  ) throws(KustomizationError) {
    let after: ImageEntries
    do throws(KustomizationError) {
      after = try ImageEntries(bytes)
    } catch {
      throw refusal(before, entry)
    }
    let tail = before.text.bytes.count - before.text.end
    guard after.text.bytes.count - after.text.end == tail,
      hasSameKeys(before.document.root, after.document.root),
      hasSameEntries(before, after, but: entry),
      let written = try after.entry(named: imageName),
      try hasEdit(written, in: after, of: entry, in: before)
    else { throw refusal(before, entry) }
  }

  private func hasSameKeys(_ before: YAMLNode, _ after: YAMLNode) -> Bool {
    let old = before.pairs.filter { $0.key.text != "images" }
    let new = after.pairs.filter { $0.key.text != "images" }
    return before.kind == after.kind && old.count == new.count
      && zip(old, new).allSatisfy { $0.means($1) }
  }

  private func hasSameEntries(
    _ before: ImageEntries, _ after: ImageEntries, but entry: ImageEntries.Entry?
  ) -> Bool {
    guard after.entries.count == before.entries.count + (entry == nil ? 1 : 0) else { return false }
    return zip(before.entries, after.entries).allSatisfy { old, new in
      old.index == entry?.index || old.item.means(new.item)
    }
  }

  private func hasEdit(
    _ written: ImageEntries.Entry, in after: ImageEntries, of entry: ImageEntries.Entry?,
    in before: ImageEntries
  ) throws(KustomizationError) -> Bool {
    guard let tagNode = written.mapping.pair("newTag")?.value, tagNode.text == tag.name,
      tagNode.kind == .scalar(.doubleQuoted)
    else { return false }
    guard let entry else {
      let keys = ["name", "newName", "newTag"] + (pin == .digest ? ["digest"] : [])
      let added = try after.value("digest", of: written)
      guard added == (pin == .digest ? digest.text : nil) else { return false }
      return written.mapping.pairs.map(\.key.text) == keys
        && written.mapping.pairs[1].value.text == repository.description
        && written.index == after.entries.count - 1
    }
    let hadDigest = try before.value("digest", of: entry) != nil
    let expected = hadDigest || pin == .digest ? digest.text : nil
    guard try after.value("digest", of: written) == expected, written.index == entry.index else {
      return false
    }
    let touched = expected == nil ? ["newTag"] : ["newTag", "digest"]
    let old = entry.mapping.pairs.filter { !touched.contains($0.key.text) }
    let new = written.mapping.pairs.filter { !touched.contains($0.key.text) }
    return written.mapping.kind == entry.mapping.kind
      && written.mapping.anchor == entry.mapping.anchor && old.count == new.count
      && zip(old, new).allSatisfy { $0.means($1) }
  }

  private func refusal(_ images: ImageEntries, _ entry: ImageEntries.Entry?) -> KustomizationError {
    images.error(
      at: entry?.item.start ?? images.document.root.start,
      "this cannot be changed without changing something else; write the entry as "
        + "`- name: …` with `newTag: …` on lines of their own")
  }
}
