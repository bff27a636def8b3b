/// `argocd:`
struct ArgoCDSettings: Hashable, Sendable {
  var url: WebURL
  var token: Secret
  /// A PEM file, absolute.
  var ca: String?
}

extension ArgoCDSettings {
  init?(_ section: Section) {
    let url = section.required(
      "url", .webURL, "name the server, such as https://argocd.example.com")
    let token = section.requiredSecret("token", "name the account's token")
    let ca = section.value("ca", .readableFile)
    guard let url, let token else { return nil }
    self.init(url: url.value, token: token.value, ca: ca)
  }
}
