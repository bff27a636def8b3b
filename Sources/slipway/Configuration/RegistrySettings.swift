/// One entry of `registries:`
struct RegistrySettings: Hashable, Sendable {
  struct SignIn: Hashable, Sendable {
    var username: String
    var password: Secret
  }

  var signIn: SignIn?
  /// Plain HTTP, or a certificate that nobody vouches for.
  var insecure = false
}

extension RegistrySettings {
  init(_ section: Section) {
    let username = section.value("username", .line("a user's name"))
    let password = section.secret("password")
    switch (section.has("username"), section.has("password")) {
    case (true, false): section.missing("password", "a user without one cannot sign in")
    case (false, true): section.missing("username", "say whose password it is")
    default: break
    }
    signIn = username.flatMap { name in
      password.map { SignIn(username: name, password: $0.value) }
    }
    insecure = section.value("insecure", .boolean, default: false)
  }

  /// What is wrong with a registry's name, in words that continue its key.
  static func fault(inHost host: String) -> String? {
    if host.contains("://") || host.contains("/") {
      return "must be a registry's host alone, such as ghcr.io or localhost:5000"
    }
    if host != host.lowercased() { return "must be lower case: write `\(host.lowercased())`" }
    if ["index.docker.io", "registry-1.docker.io"].contains(host) {
      return "must be written `docker.io`, as images name it"
    }
    return parseAuthority(host) == nil
      ? "must be a registry's host, such as ghcr.io or localhost:5000" : nil
  }
}
