/// buildah's working containers, so that those of a build that was ended can be removed while
/// others go on. buildah does not say which build a container belongs to; but one that exists when
/// a build is ended, and still does when every build that ran then is over, belongs to nobody.
actor WorkingContainers {
  struct BuildToken: Hashable {
    fileprivate var number: Int
  }

  private struct Suspects {
    var containers: Set<String>
    var running: Set<BuildToken>
  }

  private var lastNumber = 0
  private var running: Set<BuildToken> = []
  private var suspects: [Suspects] = []

  func begin() -> BuildToken {
    lastNumber += 1
    let token = BuildToken(number: lastNumber)
    running.insert(token)
    return token
  }

  /// The containers that nobody uses any more, now that this build is over. `present` are all that
  /// exist; nil after a clean end, where buildah has removed its own.
  func end(_ token: BuildToken, present: Set<String>?) -> Set<String> {
    running.remove(token)
    if let present, !present.isEmpty {
      suspects.append(Suspects(containers: present, running: running))
    }
    var abandoned: Set<String> = []
    suspects = suspects.compactMap { group in
      var group = group
      group.running.remove(token)
      guard group.running.isEmpty else { return group }
      abandoned.formUnion(group.containers)
      return nil
    }
    return abandoned
  }
}
