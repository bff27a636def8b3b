import Yams

extension Section {
  /// Nil if the key is absent, or if the secret could not be read, which is then reported.
  func secret(_ key: String) -> Located<Secret>? { entry(key).flatMap(secret(of:)) }

  func requiredSecret(_ key: String, _ advice: String) -> Located<Secret>? {
    guard has(key) else {
      missing(key, "\(advice) with {file: path} or {env: NAME}")
      return nil
    }
    return secret(key)
  }

  /// `{file: path}` or `{env: NAME}`.
  func secret(of entry: Entry) -> Located<Secret>? {
    guard let source = secretSource(of: entry) else { return nil }
    return secret(from: source, of: entry)
  }

  func secret(from source: Located<SecretSource>, of entry: Entry) -> Located<Secret>? {
    do throws(FormFault) {
      let secret = try source.value.read(environment: reader.environment)
      return Located(value: secret, position: source.position)
    } catch {
      reader.error(at: source.position, "`\(entry.path)`: \(error.sentence)")
      return nil
    }
  }

  func secretSource(of entry: Entry) -> Located<SecretSource>? {
    guard case .mapping = entry.node else {
      // The value itself is left out: it may well be the secret.
      reader.error(
        at: entry.position,
        "`\(entry.path)` must be {file: path} or {env: NAME}: a secret never stands in this file")
      return nil
    }
    return section(of: entry) { section in
      let file = section.located("file", .path)
      let name = section.located("env", .variableName)
      if let name { reader.secretVariables.insert(name.value) }
      switch (section.has("file"), section.has("env")) {
      case (true, true):
        reader.error(at: section.position, "`\(entry.path)` has both file and env: keep one")
        return nil
      case (false, false):
        reader.error(at: section.position, "`\(entry.path)` must be {file: path} or {env: NAME}")
        return nil
      case (true, false):
        return file.map { Located(value: .file($0.value), position: $0.position) }
      case (false, true):
        return name.map { Located(value: .environment($0.value), position: $0.position) }
      }
    }
  }
}

extension Form where Value == String {
  static var variableName: Form {
    .text("the name of an environment variable", isShown: false) { text -> String? in
      isVariableName(text) ? text : nil
    }
  }
}
