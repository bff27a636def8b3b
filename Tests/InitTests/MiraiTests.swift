import DeployModel
import Foundation
import TestKit
import Testing

@testable import slipway

/// The repository that Slipway was made for: what `init` drafts is what a person wrote by hand.
@Suite struct MiraiTests {
  /// As `scripts/demo` writes them.
  static let byHand = [
    "backend: backend/** | backend | backend/Dockerfile | localhost:5000/mirai/mirai-backend | "
      + "k8s/backend `localhost:5000/mirai/mirai-backend`",
    "frontend: frontend/** | frontend | frontend/Dockerfile | localhost:5000/mirai/mirai-frontend | "
      + "k8s/frontend `localhost:5000/mirai/mirai-frontend`",
    "marketing: frontend/** | frontend | frontend/Dockerfile.marketing | "
      + "localhost:5000/mirai/mirai-marketing | "
      + "k8s/frontend-marketing `localhost:5000/mirai/mirai-marketing`",
  ]

  @Test("The example needs no edit: the services are those of the demo, and nothing is in doubt")
  func example() throws {
    let repository = try SurveyedRepository.mirai()
    let configuration = try repository.configuration()
    #expect(configuration.serviceLines == Self.byHand)
    #expect(try repository.draft().doubts == [])
    #expect(
      configuration.services[try ServiceName(known: "backend")]?.migrations?.patterns == [
        "backend/migrations/**"
      ])
    let settings = try #require(configuration.repositories.values.first)
    #expect(settings.name.name == "mirai")
    #expect(settings.url.text == "https://github.com/acme/mirai.git")
    #expect(settings.branch.name == "main")
    #expect(configuration.registries["localhost:5000"]?.insecure == true)
    #expect(configuration.remarks.isEmpty, "\(configuration.remarks)")
  }

  @Test("The demo's own services are these")
  func demo() throws {
    let demo = try String(
      contentsOf: Fixtures.packageRoot.appending(path: "scripts/demo"), encoding: .utf8)
    #expect(
      demo.contains(
        "service backend 'backend/**' backend backend/Dockerfile mirai-backend k8s/backend"))
    #expect(
      demo.contains(
        "service marketing 'frontend/**' frontend frontend/Dockerfile.marketing mirai-marketing"))
  }

  @Test("With an application per service, following it is a matter of removing the comment signs")
  func applications() throws {
    let text = try SurveyedRepository.mirai().draft().text
    #expect(
      text.contains(
        "    # argocd: { application: mirai-marketing, project: applications, appNamespace: argocd }"
      ))
    let uncommented = text.replacing("    # argocd: {", with: "    argocd: {")
      .replacing("# argocd:\n#   url:", with: "argocd:\n  url:")
      .replacing("#   token:", with: "  token:")
    let configuration = try SurveyedRepository.accepted(uncommented)
    #expect(
      configuration.services[try ServiceName(known: "marketing")]?.argocd.first?.application
        == "mirai-marketing")
  }

  /// A workflow of that repository, in our own words: `../facts` of the design has its steps.
  static func workflow(
    _ service: String, watches: String, context: String, file: String, manifests: String
  ) -> String {
    """
    name: Build \(service)
    on:
      push:
        branches: [main]
        paths:
          - '\(watches)/**'
          - '.github/workflows/build-\(service).yml'
      workflow_dispatch:
    env:
      REGISTRY: ghcr.io
      IMAGE_NAME: ${{ github.repository }}/mirai-\(service)
    jobs:
      build:
        runs-on: ubuntu-latest
        steps:
          - uses: actions/checkout@v4
          - id: sha
            run: echo "short=$(git rev-parse --short HEAD)" >> $GITHUB_OUTPUT
          - uses: docker/build-push-action@v6
            with:
              context: \(context)
              file: \(file)
              push: true
              tags: |
                ${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}:${{ steps.sha.outputs.short }}
                ${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}:latest
              build-args: |
                BUILD_TIME=${{ github.event.head_commit.timestamp }}
                APP_URL=https://app.example.com
              cache-from: type=gha
          - name: Update the manifests
            run: |
              cd \(manifests)
              kustomize edit set image ${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}=${{ env.REGISTRY }}/${{ env.IMAGE_NAME }}:${{ steps.sha.outputs.short }}
              git commit -am "chore: update \(service) image"
    """
  }

  @Test("From the three workflows that it replaces come the same services, and what they pass on")
  func workflows() throws {
    let repository = try SurveyedRepository.mirai()
    try FileManager.default.removeItem(atPath: "\(repository.root)/argocd")
    for service in ["backend", "frontend", "marketing"] {
      let file = service == "marketing" ? "frontend-marketing" : service
      let path = "k8s/\(file)/kustomization.yaml"
      let text = try String(contentsOfFile: "\(repository.root)/\(path)", encoding: .utf8)
      try repository.write(
        text.replacing("localhost:5000/mirai/", with: "ghcr.io/sogos-llc/mirai-app/"), to: path)
    }
    try repository.write(
      "[remote \"origin\"]\n\turl = git@github.com:Sogos-LLC/mirai-app.git\n", to: ".git/config")
    try repository.write("ref: refs/heads/main\n", to: ".git/HEAD")
    try repository.write(
      Self.workflow(
        "backend", watches: "backend", context: "./backend", file: "./backend/Dockerfile",
        manifests: "k8s/backend"), to: ".github/workflows/build-backend.yml")
    try repository.write(
      Self.workflow(
        "frontend", watches: "frontend", context: "./frontend", file: "./frontend/Dockerfile",
        manifests: "./k8s/frontend"), to: ".github/workflows/build-frontend.yml")
    try repository.write(
      Self.workflow(
        "marketing", watches: "frontend", context: "./frontend",
        file: "./frontend/Dockerfile.marketing", manifests: "k8s/frontend-marketing"),
      to: ".github/workflows/build-marketing.yml")
    let configuration = try repository.configuration()
    #expect(
      configuration.serviceLines
        == Self.byHand.map {
          $0.replacing("localhost:5000/mirai/", with: "ghcr.io/sogos-llc/mirai-app/")
        })
    #expect(
      configuration.services[try ServiceName(known: "marketing")]?.build.arguments == [
        "APP_URL": "https://app.example.com"
      ])
    #expect(
      configuration.repositories.values.first?.url.text
        == "https://github.com/Sogos-LLC/mirai-app.git")
    let draft = try repository.draft()
    #expect(draft.text.contains("# cloned as git@github.com:Sogos-LLC/mirai-app.git"))
    #expect(draft.text.contains("  backend: # from .github/workflows/build-backend.yml"))
    #expect(
      draft.doubts.map(\.description) == [
        ".github/workflows/build-backend.yml:19: the build argument BUILD_TIME of backend is set "
          + "by the run; it is left out",
        ".github/workflows/build-frontend.yml:19: the build argument BUILD_TIME of frontend is set "
          + "by the run; it is left out",
        ".github/workflows/build-marketing.yml:19: the build argument BUILD_TIME of marketing is "
          + "set by the run; it is left out",
      ])
  }
}
