import DeployModel
import TestKit
import Testing

@testable import slipway

/// Which branch is deployed, as far as a clone tells.
@Suite struct BranchTests {
  struct Checkout: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var files: [String: String]
    var branch: String
    /// Those of the branch.
    var doubts: [String] = []

    init(
      _ description: String, checkedOut: String, remote: String? = nil, follows: String? = nil,
      workflows: [String: String] = [:], is branch: String, doubts: [String] = []
    ) {
      testDescription = description
      files = workflows
      files[".git/HEAD"] = "ref: refs/heads/\(checkedOut)\n"
      files[".git/refs/remotes/origin/HEAD"] = remote.map { "ref: refs/remotes/origin/\($0)\n" }
      files["argocd/api.yaml"] = follows.map(BranchTests.application)
      (self.branch, self.doubts) = (branch, doubts.map { "the branch: \($0)" })
    }
  }

  static let checkouts = [
    Checkout(
      "the remote's default before what is checked out", checkedOut: "wip/foo", remote: "trunk",
      is: "trunk"),
    Checkout(
      "an Application's before what is checked out", checkedOut: "wip/foo", follows: "stable",
      is: "stable", doubts: ["stable was taken; wip/foo is checked out"]),
    Checkout(
      "nothing else names one", checkedOut: "wip/foo", follows: "HEAD", is: "wip/foo",
      doubts: ["wip/foo was taken; nothing names one, and wip/foo is checked out"]),
    Checkout(
      "an Application follows a tag", checkedOut: "main", follows: "v1.4.2", is: "main",
      doubts: ["main was taken; nothing names one, and main is checked out"]),
    Checkout(
      "an Application follows a range", checkedOut: "main", follows: "1.4.x", is: "main",
      doubts: ["main was taken; nothing names one, and main is checked out"]),
    Checkout(
      "an Application follows a commit", checkedOut: "main", follows: "e5c2216", is: "main",
      doubts: ["main was taken; nothing names one, and main is checked out"]),
    Checkout(
      "a workflow of every branch publishes what is checked out", checkedOut: "main",
      follows: "staging", workflows: [".github/workflows/ci.yml": publishing("push: ")],
      is: "main", doubts: ["main was taken; staging is named; main is checked out"]),
    Checkout(
      "a workflow that leaves out what is checked out", checkedOut: "wip/foo", follows: "staging",
      workflows: [".github/workflows/ci.yml": publishing("push: {branches-ignore: ['wip/**']}")],
      is: "staging", doubts: ["staging was taken; wip/foo is checked out"]),
    Checkout(
      "the branch from which a workflow publishes, not the default on which one tests",
      checkedOut: "main", remote: "main",
      workflows: [
        ".github/workflows/ci.yml": testing("push: {branches: [main]}"),
        ".github/workflows/deploy.yml": publishing("push: {branches: [production]}"),
      ], is: "production",
      doubts: ["production was taken; main is named"]),
  ]

  static func application(_ revision: String) -> String {
    "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: api}\n"
      + "spec: {source: {path: k8s/api, targetRevision: \(revision)}}\n"
  }

  static func publishing(_ trigger: String) -> String { workflow(trigger, "push: true") }
  static func testing(_ trigger: String) -> String { workflow(trigger, "push: false") }

  private static func workflow(_ trigger: String, _ build: String) -> String {
    """
    on: {\(trigger)}
    jobs:
      image:
        steps:
        - uses: docker/build-push-action@v6
          with: {context: api, tags: 'ghcr.io/acme/api:1', \(build)}
    """
  }

  @Test("The branch is the first from which something is published", arguments: checkouts)
  func branch(_ checkout: Checkout) throws {
    let repository = try SurveyedRepository(
      [
        "api/Dockerfile": "FROM scratch\n",
        "k8s/api/kustomization.yaml": kustomization("ghcr.io/acme/api"),
        ".git/config": "[remote \"origin\"]\n\turl = https://github.com/acme/shop.git\n",
      ].merging(checkout.files) { _, new in new })
    let settings = try repository.configuration().repositories.values.first
    #expect(settings?.branch.name == checkout.branch)
    let doubts = try repository.draft().doubts.map(\.description)
    #expect(doubts.filter { $0.hasPrefix("the branch: ") } == checkout.doubts)
  }
}
