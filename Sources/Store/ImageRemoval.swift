package import DeployModel

/// Images that the registry is to delete. Condemned they are in the very transaction that sees that
/// nothing needs them, so that whatever comes after it finds them gone already.
extension SQLStore {
  package func condemnImages(
    _ retention: ImageRetention, at time: Timestamp
  ) async throws(StoreError) {
    try await writer.write { transaction throws(StoreError) in
      let connection = transaction.connection
      let found = try connection.all(
        SQL.selectRemovableImages,
        [
          .text(retention.service), .text(retention.repository), .time(retention.endedBefore),
          .integer(retention.kept), .integer(StoreLimits.condemnedImages),
        ]
      ) { row throws(StoreError) in try row.value("image_digest", ImageDigest.init) }
      for digest in Set(found).subtracting(retention.spared) {
        try connection.run(
          SQL.updateImagesCondemned, [.text(digest), .text(retention.repository), .time(time)])
      }
    }
  }

  package func condemnedImages(
    of service: ServiceName, in repository: ImageRepository
  ) async throws(StoreError) -> [ImageDigest] {
    let found = try await readers.read { connection throws(StoreError) in
      try connection.all(
        SQL.selectCondemnedImages,
        [.text(service), .text(repository), .integer(StoreLimits.condemnedImages)]
      ) { row throws(StoreError) in try row.value("image_digest", ImageDigest.init) }
    }
    var seen: Set<ImageDigest> = []
    return found.filter { seen.insert($0).inserted }
  }

  package func endRemoval(
    of digest: ImageDigest, in repository: ImageRepository, removedAt time: Timestamp?
  ) async throws(StoreError) -> Bool {
    try await writer.write { transaction throws(StoreError) in
      let image: [SQLValue] = [.text(digest), .text(repository)]
      let changed =
        if let time {
          try transaction.connection.run(SQL.updateImagesRemoved, image + [.time(time)])
        } else {
          try transaction.connection.run(SQL.updateImagesSpared, image)
        }
      return changed > 0
    }
  }

  package func condemned(
    _ digest: ImageDigest, in repository: ImageRepository
  ) async throws(StoreError) -> Timestamp? {
    try await readers.read { connection throws(StoreError) in
      try connection.condemned(digest, in: repository)
    }
  }
}

extension SQLConnection {
  func condemned(
    _ digest: ImageDigest, in repository: ImageRepository
  ) throws(StoreError) -> Timestamp? {
    try first(SQL.selectImageCondemned, [.text(digest), .text(repository)]) {
      row throws(StoreError) in try row.time("image_condemned_at")
    }
  }
}
