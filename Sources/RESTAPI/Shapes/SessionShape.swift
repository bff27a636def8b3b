import DeployModel

struct SessionShape: Encodable {
  var signedIn: Bool
  /// The token's; null for nobody.
  @Nullable var name: String?
  /// Null: nothing may be read without signing in.
  @Nullable var role: String?
  @Nullable var services: [String]?

  init(_ caller: Caller?, signedIn: Bool) {
    self.signedIn = signedIn
    name = signedIn ? caller?.name : nil
    role = caller?.role.rawValue
    services = caller?.services?.map(\.name).sorted()
  }
}
