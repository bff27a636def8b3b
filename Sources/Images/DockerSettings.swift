/// Which Docker engine builds and how to reach it.
package struct DockerSettings: Sendable {
  /// As `docker --host` takes it: `unix:///var/run/docker.sock`, `tcp://docker:2376`.
  package var host: String
  package var tls: BuildKitSettings.TLS?
  /// Absolute; for private files of calls.
  package var stateDirectory: String
  /// Marks every process and image name as this installation's, so that a restart finds what a crash
  /// left behind.
  package var instance: String
  package var access: BuilderAccess
  /// Added to the minimal environment: proxies, for example.
  package var environment: [String: String]
  package var path: String
  package var pushDeadline: Duration

  package init(
    host: String, tls: BuildKitSettings.TLS? = nil, stateDirectory: String, instance: String,
    access: BuilderAccess, environment: [String: String] = [:],
    path: String = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    pushDeadline: Duration = .seconds(600)
  ) {
    self.host = host
    self.tls = tls
    self.stateDirectory = stateDirectory
    self.instance = instance
    self.access = access
    self.environment = environment
    self.path = path
    self.pushDeadline = pushDeadline
  }

  var temporaryRoot: String { "\(stateDirectory)/tmp" }
}
