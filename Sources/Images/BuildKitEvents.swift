/// One line of `--progress rawjson`: `SolveStatus` of moby/buildkit, `client/graph.go`. A vertex (a
/// step) comes again whenever it changes; its digest says which it is.
struct BuildKitEvents: Decodable {
  struct Vertex: Decodable {
    var digest: String
    var name: String?
    var started: String?
    var completed: String?
    var cached: Bool?
    var error: String?
  }

  /// A part of a step that takes time: a layer that is pushed, for example.
  struct Status: Decodable {
    var id: String
    var vertex: String
    var total: Int64?
    var started: String?
    var completed: String?
  }

  struct Log: Decodable {
    var vertex: String
    /// Base64.
    var data: String?
    var timestamp: String?
  }

  struct Warning: Decodable {
    var vertex: String
    /// Base64.
    var short: String?
  }

  var vertexes: [Vertex]?
  var statuses: [Status]?
  var logs: [Log]?
  var warnings: [Warning]?
}
