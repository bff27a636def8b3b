import DeployModel
import Notifications
import TestKit
import Testing

@testable import slipway

@Suite("Configuration: who is told of deployments")
struct NotificationSettingsTests {
  private func settings(
    _ entries: String, environment: [String: String] = [:]
  ) throws -> [NotificationSettings] {
    try ConfigurationCase(yaml(top: "notifications: [ \(entries) ]"))
      .load(environment: environment).notifications
  }

  private func errors(_ entries: String) throws -> [String] {
    try ConfigurationCase(yaml(top: "notifications: [ \(entries) ]")).errors()
  }

  @Test("an address is enough: its host is the name, and deployments' ends are what is told")
  func least() throws {
    let one = try #require(try settings("{ url: 'https://Hooks.example.com/x?key=1' }").first)
    #expect(one.name.name == "hooks.example.com")
    #expect(one.url.exposed == "https://Hooks.example.com/x?key=1")
    #expect(one.format == .cloudevents)
    #expect(one.services == nil)
    #expect(one.states == [.live, .committed, .failed, .superseded, .cancelled])
  }

  @Test("all of it, with the address a secret")
  func all() throws {
    let one = try #require(
      try settings(
        """
        { name: chat, url: { env: HOOK }, secret: { file: api.token }, format: slack,
          text: '{service}: {sentence}', services: [api], states: [failed, live] }
        """, environment: ["HOOK": "https://hooks.slack.com/services/T0/B0/s3cret"]
      ).first)
    #expect(one.name.name == "chat")
    #expect(one.url.exposed == "https://hooks.slack.com/services/T0/B0/s3cret")
    #expect(one.secret?.exposed == "a-token-of-enough-length")
    #expect(one.text == (try TextTemplate("{service}: {sentence}")))
    #expect(one.services == [try #require(ServiceName("api"))])
    #expect(one.states == [.failed, .live])
    #expect(!"\(one)".contains("s3cret"))
  }

  @Test("two of one host need names, by which they are told apart")
  func names() throws {
    let url = "url: 'https://hooks.slack.com/a', format: slack"
    #expect(
      try errors("{ \(url) }, { \(url) }") == [
        "15:71: `notifications[1]` has the name `hooks.slack.com` of the one on line 15: give each "
          + "a `name`, by which it is known"
      ])
    #expect(try errors("{ \(url) }, { name: chat, \(url) }") == [])
    #expect(
      try errors("{ url: 'http://[::1]:80/', secret: { file: api.token } }") == [
        "15:18: `notifications[0].name` is missing: give the target a name; its host is none"
      ])
  }

  @Test(
    "templates are checked when they are read",
    arguments: [
      (
        "{ url: 'https://x.example', format: slack, text: '{servise} failed' }",
        "15:67: `notifications[0].text` names `{servise}`, which is not one of {service} "
          + "{deployment} {state} {sentence} {reason} {cause} {actor} {tag} {commit} {subject} "
          + "{author} {repository} {branch} {url} {time}; did you mean `{service}`?"
      ),
      (
        "{ url: 'https://x.example', format: slack, text: '{service' }",
        "15:67: `notifications[0].text` has a brace without its other half: braces stand around "
          + "placeholders, such as {service}, alone"
      ),
      (
        "{ url: 'https://x.example', format: slack, text: ' ' }",
        "15:67: `notifications[0].text` is blank: write a text such as '*{service}* {sentence} {url}'"
      ),
      (
        "{ url: 'https://x.example', text: '{service}' }",
        "15:52: `notifications[0].text` is for `format: slack`; CloudEvents have no text"
      ),
    ])
  func templates(_ entry: String, _ error: String) throws {
    #expect(try errors(entry) == [error])
  }

  @Test(
    "what is no address is refused without being shown",
    arguments: [
      "https://user:s3cret@x.example/", "ftp://x.example/s3cret", "x.example/s3cret",
      "https://x.example/#s3cret",
    ])
  func addresses(_ url: String) throws {
    let errors = try errors("{ url: '\(url)' }")
    #expect(errors.count == 1)
    #expect(errors.first?.contains("must be a URL such as https://hooks.example.com/x") == true)
    #expect(errors.first?.contains("s3cret") == false)
  }

  @Test("what cannot be wanted is an error; events that nobody can verify are a warning")
  func others() throws {
    let url = "url: 'https://x.example'"
    for none in ["[]", ""] {
      #expect(
        try errors("{ \(url), states: \(none) }").first?.contains("states` is empty") == true)
    }
    #expect(try errors("{ \(url), states: [falied] }").first?.contains("`failed`") == true)
    #expect(try errors("{ \(url), services: [apy] }").first?.contains("`api`") == true)
    #expect(try errors("{ \(url), name: 'a b' }").first?.contains("a name of letters") == true)
    #expect(try errors("{ \(url), secret: s3cret }").first?.contains("s3cret") == false)
    let unsigned = try ConfigurationCase(yaml(top: "notifications: [ { \(url) } ]"))
    #expect(
      try unsigned.remarks() == [
        "15:18: warning: `notifications[0]` has no secret, so its receiver cannot tell who sends"
      ])
    let chat = try ConfigurationCase(yaml(top: "notifications: [ { \(url), format: slack } ]"))
    #expect(try chat.remarks() == [])
  }
}
