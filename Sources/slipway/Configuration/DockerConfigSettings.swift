import Images

/// `registries.dockerConfig`: a `config.json` of Docker, for registries that have no credentials of
/// their own in the configuration. Read with the configuration, and again with it.
struct DockerConfigSettings: Hashable, Sendable {
  static let key = "dockerConfig"

  var credentials: DockerCredentials
}

extension DockerConfigSettings {
  init?(_ entry: Section.Entry, of section: Section) {
    guard let source = section.secretSource(of: entry),
      let text = section.secret(from: source, of: entry)
    else { return nil }
    let reader = section.reader
    let place = "`\(entry.path)`: \(source.value.place)"
    do throws(DockerCredentials.Fault) {
      credentials = try DockerCredentials(parsing: text.value.exposedBytes)
    } catch {
      reader.error(at: source.position, "\(place) \(error.sentence)")
      return nil
    }
    for remark in credentials.remarks {
      reader.warning(at: source.position, "\(place) \(remark)")
    }
    for program in credentials.programs.sorted()
    where !Section.isProgram(program, on: reader.environment["PATH"] ?? "") {
      reader.warning(
        at: source.position,
        "\(place) leaves credentials to \(program), which is not on the PATH: install it where "
          + "Slipway runs, or sign in without it")
    }
  }
}
