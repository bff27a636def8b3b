import DeployModel
import TestKit
import Testing

@testable import slipway

/// Which of a workflow's builds are published, and so say how the service is built.
@Suite struct PublishedBuildsTests {
  struct Jobs: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var text: String
    /// Of the proposed service; nil where the workflow counts for nothing.
    var target: String?

    init(_ description: String, _ text: String, target: String?) {
      (testDescription, self.text, self.target) = (description, text, target)
    }
  }

  private static let build = "docker build --target final -t ghcr.io/acme/api:1 api"

  static let jobs = [
    Jobs(
      "the next job pushes",
      """
        build: {steps: [{run: '\(build) && docker save ghcr.io/acme/api:1 -o api.tar'}]}
        push: {steps: [{run: 'docker load -i api.tar; docker push ghcr.io/acme/api:1'}]}
      """, target: "final"),
    Jobs(
      "make pushes", "  build: {steps: [{run: '\(build)'}, {run: make docker-push}]}",
      target: "final"),
    Jobs(
      "a script pushes", "  build: {steps: [{run: '\(build)'}, {run: ./scripts/push.sh}]}",
      target: "final"),
    Jobs(
      "skopeo copies",
      """
        build:
          steps:
          - run: \(build)
          - run: skopeo copy docker-daemon:ghcr.io/acme/api:1 docker://ghcr.io/acme/api:1
      """, target: "final"),
    Jobs(
      "an action pushes",
      "  build: {steps: [{run: '\(build)'}, {uses: redhat-actions/push-to-registry@v2}]}",
      target: "final"),
    Jobs(
      "a kustomization is set to it",
      """
        build:
          steps:
          - run: \(build)
          - run: make release
          - run: cd k8s/api && kustomize edit set image ghcr.io/acme/api:1
      """, target: "final"),
    Jobs(
      "what is set is what is pushed, not what is tested",
      """
        build:
          steps:
          - uses: docker/build-push-action@v6
            with: {context: api, tags: 'ghcr.io/acme/api:test', target: test, load: true}
          - uses: docker/build-push-action@v6
            with: {context: api, tags: 'ghcr.io/acme/api:1', target: final, push: true}
          - run: cd k8s/api && kustomize edit set image ghcr.io/acme/api:1
      """, target: "final"),
    Jobs(
      "what is copied elsewhere is what is pushed, not what is tested",
      """
        test:
          steps:
          - uses: docker/build-push-action@v6
            with: {context: api, tags: 'ghcr.io/acme/api:test', target: test, load: true}
        build:
          steps:
          - uses: docker/build-push-action@v6
            with: {context: api, tags: 'ghcr.io/acme/api:1', target: final, push: true}
        promote: {steps: [{run: skopeo copy docker://ghcr.io/acme/api:1 docker://r.io/api:1}]}
      """, target: "final"),
    Jobs(
      "a job that tests beside one that builds and pushes",
      """
        test: {steps: [{run: docker build --target test -t api:test api}]}
        build: {steps: [{run: '\(build)'}, {run: docker push ghcr.io/acme/api:1}]}
      """, target: "final"),
    Jobs(
      "a chart is pushed, and commits",
      """
        build:
          steps:
          - run: \(build)
          - run: helm push api.tgz oci://ghcr.io/acme/charts
          - run: git push
          - uses: ad-m/github-push-action@master
      """, target: nil),
    Jobs("nothing is pushed", "  build: {steps: [{run: '\(build)'}]}", target: nil),
  ]

  private func repository(_ jobs: String) throws -> SurveyedRepository {
    try SurveyedRepository([
      ".github/workflows/ci.yml": "on: {push: {branches: [main]}}\njobs:\n\(jobs)\n",
      "api/Dockerfile": "FROM scratch\n",
      "k8s/api/kustomization.yaml": kustomization("ghcr.io/acme/api"),
      ".git/config": "[remote \"origin\"]\n\turl = https://github.com/acme/shop.git\n",
    ])
  }

  @Test("What a workflow publishes says how the service is built", arguments: jobs)
  func published(_ jobs: Jobs) throws {
    let repository = try repository(jobs.text)
    #expect(try repository.configuration().services.values.first?.build.target == jobs.target)
    let doubts = try repository.draft().doubts.map(\.description)
    #expect(doubts.contains { $0.contains("does not push it") } == (jobs.target == nil))
  }

  @Test(
    "Short options of docker build, with the value attached",
    arguments: [
      "-tghcr.io/acme/api:1 -fapi/Dockerfile.slim", "-t=ghcr.io/acme/api:1 -f=api/Dockerfile.slim",
      "-qtghcr.io/acme/api:1 -fapi/Dockerfile.slim",
    ])
  func attached(_ options: String) throws {
    let repository = try repository(
      "  build: {steps: [{run: 'docker build \(options) . && docker push ghcr.io/acme/api:1'}]}")
    try repository.write("FROM scratch\n", to: "api/Dockerfile.slim")
    #expect(
      try repository.configuration().serviceLines == [
        "api: ** !k8s/** | . | api/Dockerfile.slim | ghcr.io/acme/api | k8s/api `ghcr.io/acme/api`"
      ])
  }

  @Test(
    "A docker build of which only a run knows what it builds is said",
    arguments: [
      "-t ghcr.io/acme/api:1 -f- .", "-t ghcr.io/acme/api:1 -f - .", "-t ghcr.io/acme/api:1 -",
      "-t ghcr.io/acme/api:1 -f $FILE .", "-t ghcr.io/acme/api:1 $DIRECTORY",
    ])
  func unknown(_ options: String) throws {
    let repository = try repository(
      "  build: {steps: [{run: 'docker build \(options) && docker push ghcr.io/acme/api:1'}]}")
    #expect(
      try repository.draft().doubts.map(\.description) == [
        ".github/workflows/ci.yml:3: only a run knows what it builds; add that service by hand"
      ])
  }

  @Test("What a docker build is redirected to is no context")
  func redirected() throws {
    let repository = try repository(
      """
        build:
          steps:
          - run: docker build -t ghcr.io/acme/api:1 --target final api > build.log 2>&1
          - run: docker push ghcr.io/acme/api:1
          - run: docker build -f - . < Dockerfile.lint
      """)
    let build = try repository.configuration().services.values.first?.build
    #expect(build?.target == "final")
    #expect(build?.context.path == "api")
    #expect(
      try repository.draft().doubts.map(\.description) == [
        ".github/workflows/ci.yml:7: it builds an image and does not push it; it was passed over"
      ])
  }

  @Test("A docker build without a name publishes nothing")
  func nameless() throws {
    let repository = try repository(
      """
        build:
          steps:
          - run: docker build --target test api
          - run: docker build --target final -t ghcr.io/acme/api:1 api
          - run: docker push ghcr.io/acme/api:1
          - run: docker build other
      """)
    #expect(try repository.configuration().services.values.first?.build.target == "final")
    #expect(
      try repository.draft().doubts.map(\.description) == [
        ".github/workflows/ci.yml:8: it builds other/Dockerfile and does not push it; it was "
          + "passed over"
      ])
  }
}
