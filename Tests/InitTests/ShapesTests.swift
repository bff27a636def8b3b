import DeployModel
import TestKit
import Testing

@testable import slipway

/// Repositories of other shapes.
@Suite struct ShapesTests {
  @Test("One Dockerfile at the root")
  func root() throws {
    let configuration = try SurveyedRepository([
      "Dockerfile": "FROM scratch\nCOPY . /app\n",
      "deploy/kustomization.yaml": kustomization("ghcr.io/acme/shop"),
    ]).configuration()
    #expect(
      configuration.serviceLines == [
        "shop: ** !deploy/** | . | Dockerfile | ghcr.io/acme/shop | deploy `ghcr.io/acme/shop`"
      ])
  }

  @Test("Contexts at the root, Dockerfiles elsewhere: what is copied is what triggers")
  func rootContext() throws {
    let configuration = try SurveyedRepository([
      "docker/api/Dockerfile": "FROM golang\nCOPY go.mod ./\nCOPY services/api/ ./\nRUN x\n",
      "go.mod": "", "services/api/main.yaml": "",
      "k8s/api/kustomization.yaml": kustomization("ghcr.io/acme/shop/api"),
    ]).configuration()
    #expect(
      configuration.serviceLines == [
        "api: go.mod go.mod/** services/api services/api/** docker/api/Dockerfile | . | "
          + "docker/api/Dockerfile | ghcr.io/acme/shop/api | k8s/api `ghcr.io/acme/shop/api`"
      ])
  }

  @Test("Bases and overlays: production is what is deployed, and the others are said")
  func overlays() throws {
    let repository = try SurveyedRepository([
      "api/Dockerfile": "FROM scratch\nCOPY x /x\n",
      "k8s/api/base/kustomization.yaml": "resources: [deployment.yaml]\n",
      "k8s/api/base/deployment.yaml":
        "kind: Deployment\nspec: {template: {spec: {containers: [{name: api, image: 'api:latest'}]}}}\n",
      "k8s/api/overlays/staging/kustomization.yaml": kustomization("api", newName: "r.io/acme/api"),
      "k8s/api/overlays/production/kustomization.yaml":
        kustomization("api", newName: "r.io/acme/api"),
    ])
    #expect(
      try repository.configuration().serviceLines == [
        "api: api/** | api | api/Dockerfile | r.io/acme/api | k8s/api/overlays/production `api`"
      ])
    #expect(
      try repository.draft().doubts.map(\.description).contains(
        "k8s/api/overlays/staging/kustomization.yaml: it names the image of api, too, which goes "
          + "to k8s/api/overlays/production: a service edits one kustomization"))
  }

  @Test("An image that only the containers name: the entry is to come")
  func noEntry() throws {
    let repository = try SurveyedRepository([
      "api/Dockerfile": "FROM scratch\n",
      "k8s/kustomization.yaml": "resources:\n- all.yaml\n",
      "k8s/all.yaml": """
      kind: Service
      ---
      kind: Deployment
      spec:
        template:
          spec:
            initContainers: [{name: wait, image: busybox}]
            containers:
            - {name: api, image: "ghcr.io/acme/shop-api:latest"}
      """,
    ])
    #expect(
      try repository.configuration().serviceLines == [
        "api: api/** | api | api/Dockerfile | ghcr.io/acme/shop-api | k8s `ghcr.io/acme/shop-api`"
      ])
    #expect(
      try repository.draft().text.contains(
        "# guessed: k8s/kustomization.yaml has no images entry yet; the first deployment adds it"))
  }

  @Test("Manifests that say no registry: it is guessed from the remote, and said")
  func noRegistry() throws {
    let repository = try SurveyedRepository([
      ".git/config": "[remote \"origin\"]\n\turl = https://github.com/Acme/Shop.git\n",
      "src/adservice/Dockerfile": "FROM scratch\n",
      "src/cartservice/src/Dockerfile": "FROM scratch\n",
      "kustomize/base/kustomization.yaml": "resources: [ad.yaml, cart.yaml, redis.yaml]\n",
      "kustomize/base/ad.yaml": "spec: {containers: [{image: adservice}]}\n",
      "kustomize/base/cart.yaml": "spec: {containers: [{image: cartservice}]}\n",
      "kustomize/base/redis.yaml": "spec: {containers: [{image: 'redis:alpine'}]}\n",
    ])
    #expect(
      try repository.configuration().serviceLines == [
        "adservice: src/adservice/** | src/adservice | src/adservice/Dockerfile | "
          + "ghcr.io/acme/shop/adservice | kustomize/base `adservice`",
        "cartservice: src/cartservice/src/** | src/cartservice/src | "
          + "src/cartservice/src/Dockerfile | ghcr.io/acme/shop/cartservice | "
          + "kustomize/base `cartservice`",
      ])
    #expect(
      try repository.draft().text.contains(
        "    # guessed: where it is published; the manifests say only adservice"))
  }

  @Test("A matrix builds a service for each of its combinations")
  func matrix() throws {
    let repository = try SurveyedRepository([
      ".git/config": "[remote \"origin\"]\n url = https://github.com/Acme/Shop\n",
      ".github/workflows/ci.yaml": """
      on: {push: {branches: [trunk], paths-ignore: ['docs/**', '**.md']}}
      jobs:
        images:
          strategy:
            matrix:
              service: [api, web]
              include:
              - {service: web, target: runner}
              - {service: jobs, dir: workers}
          steps:
          - uses: docker/metadata-action@v5
            id: meta
            with:
              images: |
                ghcr.io/${{ github.repository }}/${{ matrix.service }}
          - uses: docker/build-push-action@v6
            with:
              context: ${{ matrix.dir || matrix.service }}
              push: ${{ github.event_name != 'pull_request' }}
              tags: ${{ steps.meta.outputs.tags }}
              target: ${{ matrix.target }}
              platforms: linux/amd64,linux/arm64
        update:
          steps:
          - run: |
              for x in api web; do cd k8s/$x; done
      """,
      "api/Dockerfile": "FROM scratch\n", "web/Dockerfile": "FROM scratch\n",
      "workers/Dockerfile": "FROM scratch\n",
      "k8s/api/kustomization.yaml": kustomization("ghcr.io/acme/shop/api"),
      "k8s/web/kustomization.yaml": kustomization("ghcr.io/acme/shop/web"),
      "k8s/jobs/kustomization.yaml": kustomization("ghcr.io/acme/shop/jobs"),
    ])
    let configuration = try repository.configuration()
    #expect(
      configuration.serviceLines == [
        "api: !docs/** **.md | api | api/Dockerfile | ghcr.io/acme/shop/api | "
          + "k8s/api `ghcr.io/acme/shop/api`",
        "jobs: !docs/** **.md | workers | workers/Dockerfile | ghcr.io/acme/shop/jobs | "
          + "k8s/jobs `ghcr.io/acme/shop/jobs`",
        "web: !docs/** **.md | web | web/Dockerfile | ghcr.io/acme/shop/web | "
          + "k8s/web `ghcr.io/acme/shop/web`",
      ])
    #expect(configuration.repositories.values.first?.branch.name == "trunk")
    let web = try #require(configuration.services[try ServiceName(known: "web")])
    #expect(web.build.target == "runner")
    #expect(web.build.platforms == ["linux/amd64", "linux/arm64"])
  }

  @Test("docker build in a script, in a directory of its own, with the shell's variables")
  func scripts() throws {
    let repository = try SurveyedRepository([
      ".git/config": "[remote \"origin\"]\n\turl = ssh://git@git.example.com/acme/shop.git\n",
      ".github/workflows/api.yml": """
      on: [push, pull_request]
      env: { IMAGE: registry.example.com/acme/api }
      jobs:
        build:
          defaults: {run: {working-directory: services}}
          steps:
          - run: |
              # docker build -t nothing .
              docker build --target final -t "$IMAGE:$(git rev-parse --short HEAD)" \\
                --build-arg VERSION=1.0 -f api/Dockerfile api --no-cache --network host \\
                && docker push "$IMAGE"
          - working-directory: deploy
            run: (cd ../deploy/api; kustomize edit set image app=$IMAGE:latest)
      """,
      "services/api/Dockerfile": "FROM scratch AS final\n",
      "deploy/api/kustomization.yaml": kustomization(
        "app", newName: "registry.example.com/old/api"),
      "deploy/redis/kustomization.yaml": kustomization("redis"),
      "backend/Dockerfile.dev": "FROM scratch\n",
    ])
    let configuration = try repository.configuration()
    #expect(
      configuration.serviceLines == [
        "api: services/api/** | services/api | services/api/Dockerfile | "
          + "registry.example.com/old/api | deploy/api `app`"
      ])
    let api = try #require(configuration.services.values.first)
    #expect(api.build.target == "final")
    #expect(api.build.arguments == ["VERSION": "1.0"])
    #expect(
      try repository.draft().doubts.map(\.description) == [
        "backend/Dockerfile.dev: no kustomization was found that deploys what it builds",
        "deploy/redis/kustomization.yaml:3: nothing here builds redis; it was left alone",
      ])
    #expect(try repository.draft().text.contains("ssh: { privateKey: secrets/id_ed25519"))
  }

  @Test("Workflows that build on other occasions, or call others, are passed over and said")
  func passedOver() throws {
    let repository = try SurveyedRepository([
      ".github/workflows/release.yml":
        "on: {push: {tags: ['v*']}}\njobs: {b: {steps: [{uses: docker/build-push-action@v6, with: {context: api, tags: r.io/api}}]}}\n",
      ".github/workflows/ci.yml":
        "on: push\njobs:\n  build:\n    uses: acme/ci/.github/workflows/build.yml@main\n",
      "api/Dockerfile": "FROM scratch\nARG VERSION\nARG MODE=x\nARG TARGETARCH\n",
      "k8s/api/kustomization.yaml": kustomization("r.io/api"),
    ])
    #expect(
      try repository.configuration().serviceLines == [
        "api: api/** | api | api/Dockerfile | r.io/api | k8s/api `r.io/api`"
      ])
    #expect(
      try repository.draft().doubts.map(\.description) == [
        ".github/workflows/ci.yml:4: it calls the workflow "
          + "acme/ci/.github/workflows/build.yml@main, which was not followed",
        ".github/workflows/release.yml: it builds images, but not when main is pushed; it was "
          + "passed over",
        "the repository's address: neither .git nor an Argo CD Application says it",
        "api/Dockerfile: it takes the build arguments VERSION: see `build.args`",
      ])
  }

  private func workflow(_ trigger: String, _ build: String, edits: String? = nil) -> String {
    """
    on: {push: {\(trigger)}}
    jobs:
      image:
        steps:
        - uses: docker/build-push-action@v6
          with: {context: backend, tags: 'ghcr.io/acme/backend:1', \(build)}
        - run: \(edits.map { "cd \($0) && kustomize edit set image ghcr.io/acme/backend:2" } ?? "true")
    """
  }

  @Test("A workflow that never runs on the branch says nothing of what is deployed from it")
  func featureBranches() throws {
    let repository = try SurveyedRepository([
      ".github/workflows/a-feature.yml": workflow(
        "branches-ignore: [main]", "load: true, target: test, build-args: DEBUG=1"),
      ".github/workflows/b-main.yml": workflow(
        "branches: [main], paths: ['backend/**', 'shared/**']", "push: true, target: runtime"),
      "backend/Dockerfile": "FROM scratch\n",
      "k8s/backend/kustomization.yaml": kustomization("ghcr.io/acme/backend"),
      ".git/config": "[remote \"origin\"]\n\turl = https://github.com/acme/shop.git\n",
    ])
    let configuration = try repository.configuration()
    #expect(
      configuration.serviceLines == [
        "backend: backend/** shared/** | backend | backend/Dockerfile | ghcr.io/acme/backend | "
          + "k8s/backend `ghcr.io/acme/backend`"
      ])
    #expect(configuration.services.values.first?.build.target == "runtime")
    #expect(configuration.services.values.first?.build.arguments == [:])
    #expect(
      try repository.draft().doubts.map(\.description) == [
        ".github/workflows/a-feature.yml: it builds images, but not when main is pushed; it was "
          + "passed over"
      ])
  }

  @Test("Of several branches with workflows the usual one is taken, with its own manifests")
  func severalBranches() throws {
    let repository = try SurveyedRepository([
      ".github/workflows/deploy-dev.yml": workflow(
        "branches: [develop]", "push: true", edits: "overlays/dev"),
      ".github/workflows/deploy.yml": workflow(
        "branches: [main]", "push: true", edits: "overlays/production"),
      "backend/Dockerfile": "FROM scratch\n",
      "overlays/dev/kustomization.yaml": kustomization("ghcr.io/acme/backend"),
      "overlays/production/kustomization.yaml": kustomization("ghcr.io/acme/backend"),
      ".git/config": "[remote \"origin\"]\n\turl = https://github.com/acme/shop.git\n",
    ])
    let configuration = try repository.configuration()
    #expect(configuration.repositories.values.first?.branch.name == "main")
    #expect(configuration.services.values.first?.manifest.path.path == "overlays/production")
    let doubts = try repository.draft().doubts.map(\.description)
    #expect(doubts.contains("the branch: main was taken; develop is named"))
    #expect(
      doubts.contains(
        ".github/workflows/deploy-dev.yml: it builds images, but not when main is pushed; it was "
          + "passed over"))
  }

  @Test("What is built and not pushed is a test, and a second build of an image is named as such")
  func unpublished() throws {
    let repository = try SurveyedRepository([
      ".github/workflows/a-test.yml": workflow("branches: [main]", "load: true, target: test"),
      ".github/workflows/b-main.yml": workflow(
        "branches: [main]", "outputs: 'type=registry', target: runtime"),
      ".github/workflows/c-again.yml": workflow("branches: [main]", "push: true"),
      "backend/Dockerfile": "FROM scratch\n",
      "k8s/backend/kustomization.yaml": kustomization("ghcr.io/acme/backend"),
      ".git/config": "[remote \"origin\"]\n\turl = https://github.com/acme/shop.git\n",
    ])
    #expect(try repository.configuration().services.values.first?.build.target == "runtime")
    #expect(
      try repository.draft().doubts.map(\.description) == [
        ".github/workflows/a-test.yml:5: it builds backend/Dockerfile and does not push it; it was "
          + "passed over",
        ".github/workflows/c-again.yml:5: what it builds for k8s/backend comes from "
          + ".github/workflows/b-main.yml:5 already; it was passed over",
      ])
  }

  @Test("The files that a draft over ssh asks for are named, too")
  func secrets() throws {
    let repository = try SurveyedRepository([
      ".git/config": "[remote \"origin\"]\n\turl = ssh://git@git.example.com/acme/shop.git\n",
      "api/Dockerfile": "FROM scratch\n",
      "k8s/api/kustomization.yaml": kustomization("ghcr.io/acme/api"),
    ])
    #expect(
      try repository.draft().secrets == [
        "secrets/ops.token", "secrets/ghcr.io.token", "secrets/webhook.secret",
        "secrets/id_ed25519", "secrets/known_hosts",
      ])
  }
}
