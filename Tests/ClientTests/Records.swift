import APIClient
import DeployModel
import Foundation

/// The server's answers, written as it writes them.
enum Records {
  /// 2025-12-03T09:20:00Z
  static let now = Timestamp(milliseconds: 1_764_753_600_000)

  static func deployment(_ id: String = "backend-43", _ members: String...) throws
    -> DeploymentRecord
  {
    var text: [String: Any] = try object(
      """
      {"id":"\(id)","service":"backend","number":43,"state":"building","cause":"push",
       "actor":"octocat","reason":"backend/main.go is matched by backend/**",
       "createdAt":"2025-12-03T09:19:00.000Z","updatedAt":"2025-12-03T09:19:30.000Z",
       "finishedAt":null,
       "source":{"repository":"shop","branch":"main","subject":"Fix the checkout",
                 "commit":"e5c221614eab8ca2ac60bd7992170e701ed1d469","author":"Mona"},
       "image":null,"manifestCommit":null,
       "trigger":{"deliveryGuid":"72d3162e-cc78-11e3-81ab-4c9367dc0958",
                  "file":"backend/main.go","pattern":"backend/**"},
       "rollbackOf":null,"retryOf":null,"supersededBy":null,"recovered":false,"failure":null}
      """)
    for member in members { text.merge(try object("{\(member)}")) { _, new in new } }
    return try decode(text)
  }

  static func service(_ members: String...) throws -> ServiceRecord {
    var text = try object(
      """
      {"name":"backend","repository":"shop",
       "current":{"deployment":"backend-42","adopted":false,"tag":"008c40e",
                  "digest":"sha256:9b2f2f4f3a8e","sourceCommit":"008c40e14eab","manifestCommit":"795b358a5f0e",
                  "since":"2025-12-03T07:20:00.000Z"},
       "inFlight":[],"held":null,"behind":null,"hold":null,"health":null}
      """)
    for member in members { text.merge(try object("{\(member)}")) { _, new in new } }
    return try decode(text)
  }

  static func delivery() throws -> DeliveryRecord {
    try decode(
      try object(
        """
        {"guid":"72d3162e-cc78-11e3-81ab-4c9367dc0958","event":"push",
         "receivedAt":"2025-12-03T09:18:00.000Z","repository":"shop","ref":"refs/heads/main",
         "before":"008c40e14eab8ca2ac60bd7992170e701ed1d469",
         "after":"e5c221614eab8ca2ac60bd7992170e701ed1d469","outcome":"deployed",
         "reason":"triggered backend","deployments":["backend-43"],
         "services":[
          {"name":"backend","triggered":true,"file":"backend/main.go","pattern":"backend/**",
           "reason":"backend/main.go is matched by backend/**"},
          {"name":"frontend","triggered":false,"file":null,"pattern":null,
           "reason":"none of 1 changed files is matched"}]}
        """))
  }

  static func preview(_ members: String...) throws -> PreviewRecord {
    var text = try object(
      """
      {"dryRun":true,"service":"backend",
       "to":{"deployment":"backend-40","tag":"008c40e","digest":"sha256:8b1f0c0c7a3f"},
       "source":null,"current":{"deployment":"backend-42","tag":"e5c2216"},
       "commit":{"repository":"shop","branch":"main","path":"k8s/backend",
                 "subject":"chore: rollback backend to 008c40e",
                 "changes":[{"from":"e5c2216","to":"008c40e"}]},
       "hold":"until-released","migrations":[]}
      """)
    for member in members { text.merge(try object("{\(member)}")) { _, new in new } }
    return try decode(text)
  }

  static func decode<Shape: Decodable>(_ object: Any) throws -> Shape {
    try JSONDecoder().decode(
      Shape.self, from: try JSONSerialization.data(withJSONObject: object))
  }

  static func object(_ text: String) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
  }
}
