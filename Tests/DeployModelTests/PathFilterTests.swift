import DeployModel
import Testing

@Suite("R3: path filters mean what GitHub's mean")
struct PathFilterTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var patterns: [String]
    var path: String
    var isIncluded: Bool

    init(_ patterns: String..., path: String, included: Bool) {
      self.patterns = patterns
      self.path = path
      isIncluded = included
    }

    var testDescription: String {
      "\(patterns.joined(separator: ", ")) \(isIncluded ? "takes" : "leaves") \(path)"
    }
  }

  /// GitHub's cheat sheet, "Patterns to match file paths", example by example.
  static let cheatSheet = [
    Row("*", path: "README.md", included: true),
    Row("*", path: "server.rb", included: true),
    Row("*", path: "docs/README.md", included: false),
    Row("*.jsx?", path: "page.js", included: true),
    Row("*.jsx?", path: "page.jsx", included: true),
    Row("*.jsx?", path: "page.jsxx", included: false),
    Row("**", path: "all/the/files.md", included: true),
    Row("*.js", path: "app.js", included: true),
    Row("*.js", path: "index.js", included: true),
    Row("*.js", path: "src/index.js", included: false),
    Row("**.js", path: "index.js", included: true),
    Row("**.js", path: "js/index.js", included: true),
    Row("**.js", path: "src/js/app.js", included: true),
    Row("docs/*", path: "docs/README.md", included: true),
    Row("docs/*", path: "docs/file.txt", included: true),
    Row("docs/*", path: "docs/mona/file.txt", included: false),
    Row("docs/**", path: "docs/README.md", included: true),
    Row("docs/**", path: "docs/mona/octocat.txt", included: true),
    Row("docs/**/*.md", path: "docs/README.md", included: true),
    Row("docs/**/*.md", path: "docs/mona/hello-world.md", included: true),
    Row("docs/**/*.md", path: "docs/a/markdown/file.md", included: true),
    Row("docs/**/*.md", path: "docs/a/markdown/file.txt", included: false),
    Row("**/docs/**", path: "docs/hello.md", included: true),
    Row("**/docs/**", path: "dir/docs/my-file.txt", included: true),
    Row("**/docs/**", path: "space/docs/plan/space.doc", included: true),
    Row("**/docs/**", path: "space/my-docs/plan.doc", included: false),
    Row("**/README.md", path: "README.md", included: true),
    Row("**/README.md", path: "js/README.md", included: true),
    Row("**/README.md", path: "js/MYREADME.md", included: false),
    Row("**/*src/**", path: "a/src/app.js", included: true),
    Row("**/*src/**", path: "my-src/code/js/app.js", included: true),
    Row("**/*-post.md", path: "my-post.md", included: true),
    Row("**/*-post.md", path: "path/their-post.md", included: true),
    Row("**/migrate-*.sql", path: "migrate-10909.sql", included: true),
    Row("**/migrate-*.sql", path: "db/migrate-v1.0.sql", included: true),
    Row("**/migrate-*.sql", path: "db/sept/migrate-v1.sql", included: true),
    Row("*.md", "!README.md", path: "hello.md", included: true),
    Row("*.md", "!README.md", path: "README.md", included: false),
    Row("*.md", "!README.md", path: "docs/hello.md", included: false),
    Row("*.md", "!README.md", "README*", path: "hello.md", included: true),
    Row("*.md", "!README.md", "README*", path: "README.md", included: true),
    Row("*.md", "!README.md", "README*", path: "README.doc", included: true),
  ]

  /// "Patterns to match branches and tags" follow the same rules.
  static let branches = [
    Row("feature/*", path: "feature/my-branch", included: true),
    Row("feature/*", path: "feature/beta-a/my-branch", included: false),
    Row("feature/**", path: "feature/beta-a/my-branch", included: true),
    Row("feature/**", path: "feature/mona/the/octocat", included: true),
    Row("main", "releases/mona-the-octocat", path: "releases/mona-the-octocat", included: true),
    Row("*feature", path: "mona-feature", included: true),
    Row("*feature", path: "feature", included: true),
    Row("*feature", path: "ver-10-feature", included: true),
    Row("v2*", path: "v2", included: true),
    Row("v2*", path: "v2.0", included: true),
    Row("v[12].[0-9]+.[0-9]+", path: "v1.10.1", included: true),
    Row("v[12].[0-9]+.[0-9]+", path: "v2.0.0", included: true),
    Row("v[12].[0-9]+.[0-9]+", path: "v3.0.0", included: false),
    Row("v[12].[0-9]+.[0-9]+", path: "v1..0", included: false),
  ]

  /// What the tables leave to the reader.
  static let corners = [
    Row("backend/**", path: "backend/a", included: true),
    Row("backend/**", path: "backend/x/y", included: true),
    Row("backend/**", path: "backend", included: false),
    Row("backend/**", path: "Backend/a", included: false),
    Row("backend/**", path: "backend-old/a", included: false),
    Row("backend/**", path: "src/backend/a", included: false),
    Row("backend", path: "backend/a", included: false),
    Row("path/b", path: "path/b", included: true),
    Row("path/b", path: "path/bb", included: false),
    Row(".yml", path: "fyml", included: false),
    Row("a.c", path: "abc", included: false),
    Row("a?b", path: "ab", included: true),
    Row("a?b", path: "b", included: true),
    Row("a?b", path: "aab", included: false),
    Row("a+b", path: "b", included: false),
    Row("a+b", path: "aaab", included: true),
    Row("[ab]?c", path: "c", included: true),
    Row("[ab]?c", path: "bc", included: true),
    Row("[ab]+", path: "abba", included: true),
    Row("[ab]+", path: "abca", included: false),
    Row("[a-z_0-9]x", path: "_x", included: true),
    Row("[a-c]x", path: "bx", included: true),
    Row("[a-c]x", path: "-x", included: false),
    Row("\\!file", path: "!file", included: true),
    Row("escape\\\\slash", path: "escape\\slash", included: true),
    Row("a\\*b", path: "a*b", included: true),
    Row("a\\*b", path: "axb", included: false),
    Row("src/routes/\\+page.svelte", path: "src/routes/+page.svelte", included: true),
    Row("?x", path: "?x", included: true),
    Row("+x", path: "+x", included: true),
    Row("*?.md", path: "a.md", included: true),
    Row("a??b", path: "ab", included: true),
    Row("**/a", path: "/a", included: false),
    Row("**/*.md", path: "/a.md", included: false),
    Row("**/*.md", path: "a.md", included: true),
    Row("**/*.md", path: ".md", included: true),
    Row("**/**", path: "a", included: true),
    Row("a/**/b", path: "a/b", included: true),
    Row("a/**/b", path: "a/x/y/b", included: true),
    Row("a/**/b", path: "a/xb", included: false),
    Row("a**b", path: "a/x/b", included: true),
    Row("a*b*c", path: "aXbYc", included: true),
    Row("a*b*c", path: "aX/bYc", included: false),
    Row("ab*ba", path: "aba", included: false),
    Row("docs/**", path: "docs/grüße/文書.md", included: true),
    Row("grüße?.md", path: "grüß.md", included: true),
    Row("é?x", path: "x", included: true),
    Row("é?x", path: "éx", included: true),
    Row("é+", path: "ééé", included: true),
    Row("é", path: "e\u{301}", included: false),
    Row("*", path: "a\nb", included: true),
    Row("!a/**", "a/**", path: "a/b", included: true),
    Row("a/**", "!a/b/**", "a/b/c", path: "a/b/c", included: true),
    Row("a/**", "!a/b/**", "a/b/c", path: "a/b/d", included: false),
  ]

  @Test("which files `paths` takes", arguments: cheatSheet + branches + corners)
  func included(_ row: Row) throws {
    let filter = try PathFilter(validating: .paths, row.patterns)
    #expect(filter.includes(row.path) == row.isIncluded)
    #expect((filter.firstMatch(in: [row.path]) != nil) == row.isIncluded)
    #expect((filter.firstMatch(in: ChangedFiles([row.path])) != nil) == row.isIncluded)
  }

  @Test(
    "`paths-ignore` ignores what `paths` would take", arguments: cheatSheet + branches + corners)
  func ignored(_ row: Row) throws {
    let filter = try PathFilter(validating: .pathsIgnore, row.patterns)
    #expect(filter.includes(row.path) == !row.isIncluded)
    #expect((filter.firstMatch(in: [row.path]) == nil) == row.isIncluded)
    #expect((filter.firstMatch(in: ChangedFiles([row.path])) == nil) == row.isIncluded)
  }

  @Test("one file that is taken is enough, and the first is named with the pattern that decided")
  func firstMatch() throws {
    let filter = try PathFilter(validating: .paths, ["backend/**", "!backend/*.md", "proto/*"])
    let files = ["README.md", "backend/README.md", "backend/main.go", "proto/user.proto"]
    let match = filter.firstMatch(in: files)
    #expect(match?.file == "backend/main.go")
    #expect(match?.pattern == "backend/**")
    let same = filter.firstMatch(in: ChangedFiles(files.reversed()))
    #expect(same?.file == "backend/main.go")
    #expect(same?.pattern == "backend/**")
    #expect(filter.firstMatch(in: ["README.md", "backend/README.md"]) == nil)
  }

  @Test("the deciding pattern is the last that matches, negated or not")
  func decidingPattern() throws {
    let filter = try PathFilter(validating: .paths, ["*.md", "!README.md", "README*"])
    #expect(filter.match("a.md") == PatternMatch(pattern: "*.md", isNegated: false))
    #expect(filter.match("README.md") == PatternMatch(pattern: "README*", isNegated: false))
    #expect(filter.match("main.go") == nil)
    let negated = try PathFilter(validating: .paths, ["*.md", "!README.md"])
    #expect(negated.match("README.md") == PatternMatch(pattern: "!README.md", isNegated: true))
  }

  @Test("`paths-ignore` names the first file that is left, and why it is")
  func firstNotIgnored() throws {
    let filter = try PathFilter(validating: .pathsIgnore, ["docs/**", "!docs/api/**"])
    let code = filter.firstMatch(in: ["docs/a.md", "main.go"])
    #expect(code?.file == "main.go")
    #expect(code?.pattern == "(not ignored)")
    let api = filter.firstMatch(in: ["docs/a.md", "docs/api/b.md", "main.go"])
    #expect(api?.file == "docs/api/b.md")
    #expect(api?.pattern == "!docs/api/**")
    #expect(filter.firstMatch(in: ["docs/a.md", "docs/b.md"]) == nil)
  }

  @Test("no changed file triggers nothing", arguments: [PathFilter.Kind.paths, .pathsIgnore])
  func noFiles(_ kind: PathFilter.Kind) throws {
    let filter = try PathFilter(validating: kind, ["**"])
    #expect(filter.firstMatch(in: [String]()) == nil)
    #expect(filter.firstMatch(in: ChangedFiles([])) == nil)
  }

  @Test("two filters are the same if kind and patterns are, in order")
  func equality() {
    #expect(PathFilter(.paths, ["a", "b"]) == PathFilter(.paths, ["a", "b"]))
    #expect(PathFilter(.paths, ["a", "b"]) != PathFilter(.paths, ["b", "a"]))
    #expect(PathFilter(.paths, ["a"]) != PathFilter(.pathsIgnore, ["a"]))
    #expect(Set([PathFilter(.paths, ["a"]), PathFilter(.paths, ["a"])]).count == 1)
  }
}

@Suite("Path filters that are wrong are refused")
struct PathFilterErrorTests {
  struct Row: CustomTestStringConvertible, Sendable {
    var pattern: String
    var reason: String
    var testDescription: String { "“\(pattern)” \(reason)" }
  }

  static let rows = [
    Row(pattern: "", reason: "is empty"),
    Row(pattern: "!", reason: "is empty"),
    Row(pattern: "a\\", reason: "ends in a backslash: write \\\\ for a backslash"),
    Row(pattern: "a[]b", reason: "has empty brackets: write \\[ for a bracket"),
    Row(pattern: "a[bc", reason: "has a [ without ]: write \\[ for a bracket"),
    Row(
      pattern: "a[b.]", reason: "has ‘.’ in brackets, which hold letters, digits and _ only"),
    Row(pattern: "[^a]", reason: "has ‘^’ in brackets, which hold letters, digits and _ only"),
    Row(pattern: "[é]", reason: "has ‘é’ in brackets, which hold letters, digits and _ only"),
    Row(
      pattern: "[z-a]",
      reason: "has the range [z-a]: a range goes from a lower to a higher letter or digit, "
        + "as in a-z, A-Z, 0-9"),
    Row(
      pattern: "[0-z]",
      reason: "has the range [0-z]: a range goes from a lower to a higher letter or digit, "
        + "as in a-z, A-Z, 0-9"),
    Row(
      pattern: "**/+page.svelte",
      reason: "has a ‘+’ that follows a wildcard or another repetition: it belongs to the one "
        + "character before it; write \\+ for the character itself"),
    Row(
      pattern: "a???",
      reason: "has a ‘?’ that follows a wildcard or another repetition: it belongs to the one "
        + "character before it; write \\? for the character itself"),
    Row(
      pattern: "a++",
      reason: "has a ‘+’ that follows a wildcard or another repetition: it belongs to the one "
        + "character before it; write \\+ for the character itself"),
    Row(pattern: String(repeating: "a", count: 1025), reason: "is longer than 1024 bytes"),
  ]

  @Test("with the pattern's place and what to write instead", arguments: rows)
  func refused(_ row: Row) {
    #expect(throws: PathFilterError(index: 1, reason: row.reason)) {
      try PathFilter(validating: .paths, ["ok/**", row.pattern])
    }
  }

  @Test("a filter without a pattern, or with nothing but exceptions, could not match")
  func lists() {
    #expect(throws: PathFilterError(index: nil, reason: "has no pattern")) {
      try PathFilter(validating: .paths, [])
    }
    #expect(
      throws: PathFilterError(
        index: nil,
        reason: "has only patterns that begin with !: there is nothing to except from")
    ) {
      try PathFilter(validating: .paths, ["!docs/**"])
    }
  }

  @Test("unchecked, a pattern that is wrong matches nothing")
  func unchecked() {
    let filter = PathFilter(.paths, ["a[", "b/**"])
    #expect(!filter.includes("a["))
    #expect(filter.includes("b/c"))
  }
}
