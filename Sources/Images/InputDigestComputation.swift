package import DeployModel
import OpenSSLKit

extension InputDigest {
  /// The digest of what decides a build: the context's git tree, the Dockerfile's blob, and the
  /// specification's arguments as written, target and platforms. Two builds with one digest make
  /// images that may stand for each other (R8).
  ///
  /// Hashed are these values, each as a netstring (`<length in bytes>:<bytes>,`), so that no two
  /// lists of values have one encoding:
  ///
  ///     slipway-input-1
  ///     <object id of the context tree>
  ///     <object id of the Dockerfile blob>
  ///     <target: `-` for none, otherwise `+` and the name>
  ///     <number of arguments>  then name and value of each, by name
  ///     <number of platforms>  then each, sorted
  ///     <number of others>     then the object id of each, in order; nothing where there are none
  ///
  /// Arguments are hashed as written (`{commit.sha}`, not the commit): otherwise a revert would
  /// never find the image that it goes back to. Secrets are left out; they must not change results.
  ///
  /// - Parameter others: what is read besides, and is no part of the context.
  package static func of(
    context: String, dockerfile: String, build: BuildSpecification, others: [String] = []
  ) -> InputDigest {
    var values = ["slipway-input-1", context, dockerfile]
    values.append(build.target.map { "+\($0)" } ?? "-")
    values.append("\(build.arguments.count)")
    for (name, value) in build.arguments.sorted(by: { bytesPrecede($0.key, $1.key) }) {
      values += [name, value]
    }
    values.append("\(build.platforms.count)")
    values += build.platforms.sorted(by: bytesPrecede)
    if !others.isEmpty { values += ["\(others.count)"] + others }
    var hash = SHA256()
    for value in values {
      hash.update(Array("\(value.utf8.count):\(value),".utf8))
    }
    guard let digest = InputDigest("sha256:\(hash.hexDigest())") else {
      preconditionFailure("SHA-256 has 64 hexadecimal digits")
    }
    return digest
  }
}

/// By bytes: `String`'s own order is by Unicode and could change between versions.
private func bytesPrecede(_ left: String, _ right: String) -> Bool {
  left.utf8.lexicographicallyPrecedes(right.utf8)
}
