import Deflate
import DeployModel
import Foundation
import HTTPServer
import HTTPTypes
import Pipeline
import PipelineKit
import TestKit
import Testing

@testable import RESTAPI

/// The page at `/` and what it loads, as a browser gets them. What they do is tried in one by
/// `scripts/browser`.
@Suite struct DashboardTests {
  private func files() throws -> [String] {
    let directory = Fixtures.packageRoot.appending(path: "Sources/RESTAPI/Dashboard")
    return try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
  }

  private func assets(_ page: String) throws -> [String] {
    page.matches(of: try Regex(##"(?:href|src)="(/assets/[^"#]+)"##)).compactMap {
      $0.output[1].substring.map(String.init)
    }
  }

  @Test("every address of the dashboard is the same page, without a token")
  func pages() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let first = try await world.call(.get, "/", token: nil)
    #expect(first.status == 200)
    #expect(first.headers[.contentType] == "text/html; charset=utf-8")
    #expect(first.headers[.cacheControl] == "no-cache")
    #expect(!first.text.contains("{{"))
    for path in DashboardEndpoint.pages where path != "/" {
      let page = try await world.call(.get, path, token: nil)
      #expect(page.status == 200, "\(path)")
      #expect(page.bytes == first.bytes, "\(path)")
    }
    var asking = HTTPFields()
    asking[.ifNoneMatch] = first.headers[.eTag]
    #expect(try await world.call(.get, "/", token: nil, headers: asking).status == 304)
  }

  @Test("R13: the page lets in nothing from elsewhere, nothing inline, and no text as markup")
  func policy() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let page = try await world.call(.get, "/", token: nil)
    let policy = try #require(page.headers[.contentSecurityPolicy])
    let directives = policy.split(separator: ";").map { $0.drop { $0 == " " } }
    #expect(directives.contains("default-src 'none'"))
    #expect(directives.contains("frame-ancestors 'none'"))
    #expect(directives.contains("base-uri 'none'"))
    #expect(directives.contains("require-trusted-types-for 'script'"))
    #expect(!policy.contains("unsafe"))
    #expect(!policy.contains("*"))
    for source in directives where source.contains("-src ") {
      #expect(source.hasSuffix(" 'self'") || source.hasSuffix(" 'none'"), "\(source)")
    }
    #expect(page.headers[.xContentTypeOptions] == "nosniff")
    #expect(page.headers[.referrerPolicy] == "no-referrer")
    #expect(!page.text.contains("<style"))
    #expect(try page.text.matches(of: Regex(#"<script(?! (type="module" )?src=)"#)).isEmpty)
    #expect(try page.text.matches(of: Regex(#"\son[a-z]+="#)).isEmpty)
    #expect(try page.text.matches(of: Regex(#"(href|src)="(https?:)?//"#)).isEmpty)
  }

  @Test("what the page names is there, of the right type, and kept for a year under its version")
  func named() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let paths = try assets(try await world.call(.get, "/", token: nil).text)
    #expect(paths.count >= 6)
    for path in Set(paths) {
      let file = try await world.call(.get, path, token: nil)
      #expect(file.status == 200, "\(path)")
      #expect(file.headers[.cacheControl] == "public, max-age=31536000, immutable", "\(path)")
      #expect(file.headers[.xContentTypeOptions] == "nosniff", "\(path)")
      let type = try #require(file.headers[.contentType])
      let expected = [".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"]
      #expect(expected.contains { path.hasSuffix($0.key) && type.hasPrefix($0.value) }, "\(path)")
    }
  }

  private func text(_ name: String) throws -> String {
    try String(
      contentsOf: Fixtures.packageRoot.appending(path: "Sources/RESTAPI/Dashboard/\(name)"),
      encoding: .utf8)
  }

  @Test("every file of the dashboard is served as it stands but for its imports, packed too")
  func served() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let names = try files().filter { $0 != "index.html" }
    #expect(names.count > 20)
    func lines(_ text: String) -> [Substring] {
      text.split(separator: "\n", omittingEmptySubsequences: false)
        .filter { !$0.hasPrefix("import ") }
    }
    for name in names {
      let answer = try await world.call(.get, "/assets/any/\(name)", token: nil)
      #expect(lines(answer.text) == lines(try text(name)), "\(name)")
      let packed = try await world.call(
        .get, "/assets/any/\(name)", token: nil, headers: [.acceptEncoding: "gzip"])
      #expect(try Gzip.decompress(packed.bytes, limit: 1 << 20) == answer.bytes, "\(name)")
    }
  }

  @Test("the modules of every page are one, line by line, with what each exports")
  func modules() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let whole = try await world.call(.get, "/assets/any/modules.js", token: nil).text
    var before: Set<String> = []
    for name in DashboardModules.names {
      for path in try imported(name, statically: true) {
        #expect(before.contains(path), "\(name): \(path)")
      }
      before.insert(name)
      let lines = try text(name).split(separator: "\n", omittingEmptySubsequences: false)
      let own = lines[(lines.lastIndex { $0.hasPrefix("import ") } ?? 0)...].dropFirst()
        .map { $0.hasPrefix("export ") ? $0.dropFirst("export ".count) : $0 }
      #expect(whole.contains(own.joined(separator: "\n")), "\(name)")
    }
    #expect(
      whole.contains("const { h, put } = $dom;") && whole.contains("\nreturn { h, s, put, "))
    #expect(whole.matches(of: try Regex(#"(?m)^(import|export) "#)).count == before.count)

    let app = try await world.call(.get, "/assets/any/app.js", token: nil).text
    #expect(app.contains(#"import { $router } from "./modules.js"; const router = $router;"#))
    #expect(
      app.contains(#"import { $dom } from "./modules.js"; const { h, put, announce } = $dom;"#))
    let service = try await world.call(.get, "/assets/any/view-service.js", token: nil).text
    #expect(service.contains(#"import * as actions from "./actions.js";"#), "not one of them")
    for name in before {
      #expect(!service.contains("\"./\(name)\""), "\(name) would be there twice")
    }
  }

  @Test("the modules are written so that they can be joined")
  func joinable() throws {
    let declaration = try Regex(
      #"export ((async )?function\*? |const |class )[A-Za-z_]\w*.*"#)
    let clause = try Regex(
      #"import (\{( \w+( as \w+)?,?)+ \}|\* as \w+) from "\./[a-z-]+\.js";"#)
    for name in try files() where name.hasSuffix(".js") {
      for line in try text(name).split(separator: "\n") {
        if line.hasPrefix("import ") {
          #expect(try clause.wholeMatch(in: line) != nil, "\(name): \(line)")
        } else if line.hasPrefix("export ") {
          #expect(try declaration.wholeMatch(in: line) != nil, "\(name): \(line)")
        }
      }
    }
  }

  @Test(
    "the page's style sheet is all that there are, and its first script all that are no modules")
  func joined() async throws {
    let names = try files()
    let modules = Set(try names.filter { try isModule($0) })
    let world = try await APIWorld.make(services: ["backend"])
    for (whole, parts) in DashboardEndpoint.joined {
      let kind = whole.drop { $0 != "." }
      #expect(parts.sorted() == names.filter { $0.hasSuffix(kind) && !modules.contains($0) })
      let text = try await world.call(.get, "/assets/any/\(whole)", token: nil).text
      for part in parts {
        let one = try await world.call(.get, "/assets/any/\(part)", token: nil).text
        #expect(text.contains(one), "\(part)")
      }
    }
  }

  private func isModule(_ name: String) throws -> Bool {
    guard name.hasSuffix(".js") else { return false }
    return try !text(name).matches(of: Regex(#"(?m)^(import|export) "#)).isEmpty
  }

  @Test("a page of another version gets what there is, and asks for it each time")
  func otherVersion() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let answer = try await world.call(.get, "/assets/0123456789ab/app.js", token: nil)
    #expect(answer.status == 200)
    #expect(answer.headers[.cacheControl] == "no-cache")
    for name in ["nothing.js", "index.html", "openapi.yaml", "..%2Fapp.js"] {
      #expect(try await world.call(.get, "/assets/any/\(name)", token: nil).status == 404)
    }
  }

  @Test("each module imports only modules that are there, by a path beside it")
  func imports() throws {
    let names = Set(try files())
    for name in names where name.hasSuffix(".js") {
      for path in try imported(name) { #expect(names.contains(path), "\(name): \(path)") }
      #expect(try !text(name).contains("innerHTML"), "\(name)")
    }
  }

  private func imported(_ name: String, statically: Bool = false) throws -> [String] {
    let statement = #"(?m)^import .* from "\./([^"]+)""#
    let call = #"\bimport\("\./([^"]+)""#
    return try (statically ? [statement] : [statement, call]).flatMap { pattern in
      try text(name).matches(of: Regex(pattern)).compactMap {
        $0.output[1].substring.map(String.init)
      }
    }
  }

  @Test("R13: what is read of the API is nothing that a browser may take for something else")
  func nosniff() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    for path in ["/api/v1/services", "/api/v1/services/none", "/openapi.yaml"] {
      let answer = try await world.call(.get, path)
      #expect(answer.headers[.xContentTypeOptions] == "nosniff", "\(path)")
    }
  }

  @Test("what is read names the newest event: who follows from there misses none")
  func event() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    let service = try serviceName("backend")
    world.pipeline.events.publish(.service(service))
    let read = try await world.call(.get, "/api/v1/services")
    let event = try #require(read.headers[.slipwayEvent])
    #expect(event == "test-1")
    world.pipeline.events.publish(.service(service))
    let client = try await EventClient(world, after: event)
    #expect(try await client.event().id == "test-2")
  }

  @Test("a service says whose commit is deployed, and a list has timelines if they are asked for")
  func whatThePageNeeds() async throws {
    let world = try await APIWorld.make(services: ["backend"])
    world.pipeline.start()
    try await world.pipeline.push(["backend"], version: "1")
    try await world.pipeline.reach("backend-1", .committed)
    let one = try await world.call(.get, "/api/v1/deployments/backend-1").json()
    let source = try #require(one["source"] as? [String: Any])
    for path in ["/api/v1/services/backend", "/api/v1/services"] {
      let answer = try await world.call(.get, path).json()
      let service = (answer["items"] as? [[String: Any]])?.first ?? answer
      let current = try #require(service["current"] as? [String: Any])
      #expect(current["source"] as? NSDictionary == source as NSDictionary, "\(path)")
    }
    for path in ["/api/v1/deployments", "/api/v1/services/backend/deployments"] {
      let plain = try await world.call(.get, path).json()
      let timed = try await world.call(.get, "\(path)?timeline=true").json()
      let first = try #require((plain["items"] as? [[String: Any]])?.first)
      #expect(first["timeline"] == nil)
      let item = try #require((timed["items"] as? [[String: Any]])?.first)
      #expect(item as NSDictionary == one as NSDictionary)
    }
    #expect(try await world.call(.get, "/api/v1/deployments?timeline=1").status == 400)
  }
}
