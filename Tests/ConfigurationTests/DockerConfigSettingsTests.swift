import Images
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: registries.dockerConfig")
struct DockerConfigSettingsTests {
  private static let file = #"{"auths":{"ghcr.io":{"auth":"Ym90OnMzY3JldA=="}}}"#

  @Test("a file stands beside registries of their own, and its secrets are not shown")
  func beside() throws {
    let example = try ConfigurationCase(
      yaml(
        top:
          "registries: { dockerConfig: { file: config.json }, 'localhost:5000': { insecure: true } }"
      ))
    try example.directory.write(Self.file, to: "config.json")
    let configuration = try example.load()
    #expect(
      configuration.dockerConfig?.credentials
        == (try DockerCredentials(parsing: Array(Self.file.utf8))))
    #expect(configuration.registries.keys.sorted() == ["localhost:5000"])
    #expect(configuration.remarks.isEmpty)
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!dumped.contains("s3cret"))
  }

  @Test("it may be in a variable, which helpers then do not see, nor any other secret")
  func variable() throws {
    let example = try ConfigurationCase(
      yaml(top: "registries: { dockerConfig: { env: DOCKER_AUTH_CONFIG } }"))
    let environment = ["DOCKER_AUTH_CONFIG": Self.file, "AWS_REGION": "eu-west-1", "PATH": "/bin"]
    let configuration = try example.load(environment: environment)
    #expect(configuration.dockerConfig != nil)
    #expect(
      RegistryAccounts(configuration, environment: environment).helperEnvironment
        == ["AWS_REGION": "eu-west-1", "PATH": "/bin"])
  }

  @Test("what Slipway will not find there is said when the file is checked")
  func remarks() throws {
    let example = try ConfigurationCase(
      yaml(top: "registries: { dockerConfig: { file: config.json } }"))
    try example.directory.write(
      #"{"auths":{"ghcr.io":{},"*.acme.io":{}},"credsStore":"desktop"}"#, to: "config.json")
    let place =
      "15:37: warning: `registries.dockerConfig`: the secret's file "
      + example.directory.appending("config.json")
    #expect(
      try example.remarks() == [
        "\(place) has the pattern `*.acme.io` in auths: write each registry's name",
        "\(place) leaves credentials to docker-credential-desktop, which is not on the PATH: "
          + "install it where Slipway runs, or sign in without it",
      ])
  }
}
