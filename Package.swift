// swift-tools-version: 6.2
import PackageDescription

let features: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
let warnings: [SwiftSetting] =
  Context.environment["SLIPWAY_ALLOW_WARNINGS"] == nil ? [.treatAllWarnings(as: .error)] : []
let settings = features + warnings

let argumentParser: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let unixSignals: Target.Dependency = .product(
  name: "UnixSignals", package: "swift-service-lifecycle")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

/// One room of the house. What a room may see is exactly what stands here; `make check` refuses
/// an import that is not declared.
func room(
  _ name: String, sees dependencies: [Target.Dependency] = [], embeds: Bool = false,
  without excluded: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: excluded, swiftSettings: settings,
    plugins: embeds ? ["EmbedText"] : [])
}

func tests(
  _ name: String, sees dependencies: [Target.Dependency], fixtures: String? = nil
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestKit"], exclude: fixtures.map { [$0] } ?? [],
    swiftSettings: settings)
}

let package = Package(
  name: "slipway",
  products: [.executable(name: "slipway", targets: ["slipway"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
  ],
  targets: [
    .target(name: "CPosix"),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(
      name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(
      name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),

    .executableTarget(name: "embed-text", swiftSettings: settings),
    .plugin(name: "EmbedText", capability: .buildTool(), dependencies: ["embed-text"]),

    room("DeployModel"),
    room("Posix", sees: ["CPosix", logging, subprocess, system]),
    room("OpenSSLKit", sees: ["COpenSSL"]),
    room("Deflate", sees: ["CZlib"]),
    room("Metrics"),
    room("HTTPWire", sees: [httpTypes]),
    room(
      "HTTPServer",
      sees: ["Deflate", "HTTPWire", "OpenSSLKit", "Posix", httpTypes, logging]),
    room("HTTPClient", sees: ["CCurl", httpTypes]),
    room("APIClient", sees: ["DeployModel", "HTTPClient", httpTypes]),
    room("GitHub", sees: ["DeployModel", "OpenSSLKit"]),
    room(
      "GitHubREST", sees: ["DeployModel", "HTTPClient", "OpenSSLKit", "Posix", httpTypes]),
    room("Git", sees: ["DeployModel", "OpenSSLKit", "Posix", logging]),
    room("Manifests", sees: ["DeployModel", "Git", "Metrics", logging, yams]),
    room("Images", sees: ["DeployModel", "HTTPClient", "OpenSSLKit", "Posix", httpTypes, logging]),
    room(
      "Notifications", sees: ["DeployModel", "HTTPClient", "OpenSSLKit", httpTypes]),
    room("Rollouts", sees: ["DeployModel", "HTTPClient", "Posix", httpTypes]),
    room(
      "Store", sees: ["CPostgres", "CSQLite", "Deflate", "DeployModel", "Posix", logging],
      embeds: true,
      without: ["SQL"]),
    room(
      "Pipeline",
      sees: ["DeployModel", "Git", "GitHub", "Images", "Manifests", "Metrics", "Posix", logging]),
    room(
      "RESTAPI",
      sees: [
        "Deflate", "DeployModel", "GitHub", "HTTPServer", "HTTPWire", "Metrics", "OpenSSLKit",
        "Pipeline", "Posix", httpTypes, logging,
      ],
      embeds: true, without: ["Dashboard"]),
    .executableTarget(
      name: "slipway",
      dependencies: [
        "APIClient", "DeployModel", "Git", "GitHub", "GitHubREST", "HTTPClient", "HTTPServer",
        "Images", "Manifests", "Metrics", "Notifications", "OpenSSLKit", "Pipeline", "Posix",
        "RESTAPI", "Rollouts", "Store", argumentParser, httpTypes, logging, unixSignals, yams,
      ], swiftSettings: settings),

    // Measures; not among the products, and in no release.
    .executableTarget(
      name: "commits-writer", dependencies: ["DeployModel", "Git", "Manifests", "Store", logging],
      path: "Benchmarks/commits/writer", swiftSettings: settings),

    .target(
      name: "TestKit",
      dependencies: ["DeployModel", "Git", "Posix", logging, subprocess], path: "Tests/TestKit",
      exclude: ["argocd-api.json", "cosign.py", "git-http.py"], swiftSettings: settings),
    .target(
      name: "StoreContract", dependencies: ["DeployModel", "TestKit"],
      path: "Tests/StoreContract", swiftSettings: settings),
    .target(
      name: "PipelineKit",
      dependencies: [
        "DeployModel", "Git", "HTTPClient", "Metrics", "Notifications", "Pipeline", "Store",
        "TestKit", logging,
      ],
      path: "Tests/PipelineKit", swiftSettings: settings),
    .target(
      name: "Simulation",
      dependencies: [
        "DeployModel", "GitHub", "OpenSSLKit", "Pipeline", "PipelineKit", "Posix", "TestKit",
      ],
      path: "Tests/Simulation", exclude: ["Planted"], swiftSettings: settings),
    .executableTarget(
      name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulate",
      swiftSettings: settings),
    .target(
      name: "WireKit", dependencies: ["HTTPWire", httpTypes], path: "Tests/WireKit",
      swiftSettings: settings),
    tests("DeployModelTests", sees: ["DeployModel"], fixtures: "Fixtures"),
    tests("MetricsTests", sees: ["Metrics"]),
    tests("PosixTests", sees: ["Posix"]),
    tests("OpenSSLKitTests", sees: ["COpenSSL", "OpenSSLKit"]),
    tests("HTTPWireTests", sees: ["HTTPWire", "WireKit", httpTypes]),
    tests(
      "HTTPServerTests",
      sees: [
        "Deflate", "HTTPServer", "HTTPWire", "OpenSSLKit", "Posix", "WireKit", httpTypes, logging,
      ]),
    tests("HTTPClientTests", sees: ["HTTPClient", httpTypes]),
    tests("APIClientTests", sees: ["APIClient", "DeployModel", "HTTPClient", httpTypes, yams]),
    tests("GitHubTests", sees: ["DeployModel", "GitHub", "OpenSSLKit", "WireKit"]),
    tests(
      "GitHubRESTTests",
      sees: [
        "DeployModel", "Git", "GitHubREST", "HTTPClient", "OpenSSLKit", "Posix", "slipway",
        httpTypes, logging,
      ]),
    tests("GitTests", sees: ["DeployModel", "Git", "Posix", logging]),
    tests(
      "ManifestsTests",
      sees: ["DeployModel", "Git", "Manifests", "Metrics", "Posix", logging, yams],
      fixtures: "Fixtures"),
    tests(
      "ImagesTests",
      sees: ["DeployModel", "HTTPClient", "Images", "OpenSSLKit", "Posix", httpTypes, logging],
      fixtures: "Fixtures"),
    tests(
      "RolloutsTests",
      sees: ["DeployModel", "HTTPClient", "Posix", "Rollouts", httpTypes], fixtures: "Fixtures"),
    tests(
      "NotificationsTests",
      sees: ["DeployModel", "HTTPClient", "Notifications", httpTypes]),
    tests("StoreTests", sees: ["Deflate", "DeployModel", "Posix", "Store", "StoreContract"]),
    tests(
      "PipelineTests",
      sees: [
        "DeployModel", "Git", "HTTPClient", "Metrics", "Notifications", "Pipeline", "PipelineKit",
        "Rollouts", "Store",
      ]),
    tests(
      "RESTAPITests",
      sees: [
        "Deflate", "DeployModel", "GitHub", "HTTPServer", "HTTPWire", "OpenSSLKit", "Pipeline",
        "PipelineKit", "Posix", "RESTAPI", "Store", httpTypes, logging, yams,
      ]),
    tests("SimulationTests", sees: ["Simulation"]),
    tests(
      "ConfigurationTests", sees: ["DeployModel", "Images", "Posix", "slipway", argumentParser]),
    tests(
      "ClientTests",
      sees: ["APIClient", "DeployModel", "HTTPClient", "slipway", argumentParser]),
    tests("InitTests", sees: ["DeployModel", "slipway"]),
    tests(
      "EndToEndTests",
      sees: [
        "DeployModel", "HTTPClient", "Metrics", "RESTAPI", "slipway", httpTypes, logging,
      ]),
  ]
)
