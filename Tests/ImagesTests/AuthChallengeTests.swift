import Testing

@testable import Images

@Suite struct AuthChallengeTests {
  @Test func aQuotedCommaDoesNotSplit() {
    #expect(
      AuthChallenge.parse(
        "Bearer realm=\"https://auth.example/token\",service=\"registry.example\",scope=\"repository:samalba/my-app:pull,push\""
      ) == [
        AuthChallenge(
          scheme: "bearer",
          parameters: [
            "realm": "https://auth.example/token", "service": "registry.example",
            "scope": "repository:samalba/my-app:pull,push",
          ])
      ])
  }

  @Test func severalChallengesInOneField() {
    #expect(
      AuthChallenge.parse("Negotiate, BASIC Realm = \"a \\\"b\\\"\" , Bearer realm=x") == [
        AuthChallenge(scheme: "negotiate", parameters: [:]),
        AuthChallenge(scheme: "basic", parameters: ["realm": "a \"b\""]),
        AuthChallenge(scheme: "bearer", parameters: ["realm": "x"]),
      ])
  }

  @Test(arguments: ["", ",,", "=x", "Bearer realm=\"never ends", "\"", "Bearer ="])
  func nonsenseIsSurvived(field: String) {
    #expect(AuthChallenge.parse(field).count <= 1)
  }
}
