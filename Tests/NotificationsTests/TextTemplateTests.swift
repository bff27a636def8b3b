import DeployModel
import Testing

@testable import Notifications

@Suite("The text that chat systems are sent")
struct TextTemplateTests {
  private func text(_ template: String, _ message: NotificationMessage? = nil) throws -> String {
    try TextTemplate(template).text(for: try message ?? .make())
  }

  @Test(
    "Every placeholder has its value",
    arguments: [
      ("{service}", "backend"), ("{deployment}", "backend-42"), ("{state}", "failed"),
      ("{sentence}", "docker build: exit 7"), ("{reason}", "the build failed"),
      ("{cause}", "push"), ("{actor}", "ada"), ("{commit}", "e5c2216"),
      ("{subject}", "Fix login"), ("{author}", "Ada"), ("{repository}", "shop"),
      ("{branch}", "main"), ("{url}", "https://slipway.example.com/deployments/backend-42"),
      ("{time}", "2025-12-03T09:19:37.125Z"), ("at {tag}.", "at ."),
    ])
  func placeholders(_ template: String, _ expected: String) throws {
    #expect(try text(template) == expected)
  }

  @Test("Where no text is configured there is one, with or without a page to go to")
  func usual() throws {
    #expect(
      TextTemplate.usual.text(for: try .make())
        == "*backend* docker build: exit 7 (backend-42) "
        + "https://slipway.example.com/deployments/backend-42")
    #expect(
      TextTemplate.usual.text(for: try .make(page: nil))
        == "*backend* docker build: exit 7 (backend-42)")
  }

  @Test("A commit's subject cannot mention a channel, link elsewhere, or begin a line")
  func markup() throws {
    let message = try NotificationMessage.make(subject: "<!channel> a&b\n*now*")
    #expect(try text("<{url}|{subject}>", message).hasSuffix("|&lt;!channel&gt; a&amp;b *now*>"))
    let long = try NotificationMessage.make(subject: String(repeating: "x", count: 4000))
    #expect(try text("{subject}", long).count == 500)
  }

  @Test("A text of nothing but what is absent names the deployment: Slack takes no empty text")
  func empty() throws {
    #expect(try text("{tag}") == "backend-42")
  }

  @Test(
    "What is no template is refused",
    arguments: [
      ("{servise} x", TextTemplate.Fault.Kind.unknown("servise")), ("{}", .unknown("")),
      ("{{service}}", .unknown("{service")), ("{service", .unpaired), ("service}", .unpaired),
      (" \n", .empty), ("", .empty), (String(repeating: "x", count: 3001), .tooLong),
    ])
  func refused(_ template: String, _ fault: TextTemplate.Fault.Kind) {
    #expect(throws: TextTemplate.Fault(kind: fault)) { try TextTemplate(template) }
  }
}
