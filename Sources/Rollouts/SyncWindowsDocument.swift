/// `GET /api/v1/applications/{name}/syncwindows` (`applicationApplicationSyncWindowsResponse`). Its
/// `canSync` is for syncs that somebody starts by hand; for auto-sync the windows say it.
struct SyncWindowsDocument: Decodable {
  struct Window: Decodable {
    /// `allow` or `deny`.
    var kind: String?
    /// As cron writes it.
    var schedule: String?
    var duration: String?
    /// It does not keep people from syncing.
    var manualSync: Bool?
  }

  var activeWindows: [Window]?
  var assignedWindows: [Window]?
  var canSync: Bool?

  /// Why nothing is synced now, as Argo CD decides it (`SyncWindows.CanSync`); nil if nothing is in the
  /// way. 1. An active window that denies. 2. No active one that allows, where there are any.
  ///
  /// - Parameter isAutoSynced: otherwise somebody starts it, and a window may let them.
  func obstacle(isAutoSynced: Bool) -> String? {
    if !isAutoSynced, canSync != false { return nil }
    let active = activeWindows ?? []
    if let denies = active.first(where: { $0.kind == "deny" }) {
      return "a sync window denies it (\(denies.words))"
    }
    if active.contains(where: { $0.kind == "allow" }) { return nil }
    let allows = (assignedWindows ?? []).filter { $0.kind == "allow" }
    guard !allows.isEmpty else { return nil }
    return "no sync window allows it now (\(allows.map(\.words).joined(separator: "; ")))"
  }
}

extension SyncWindowsDocument.Window {
  fileprivate var words: String { "\(schedule ?? "?") for \(duration ?? "?")" }
}
