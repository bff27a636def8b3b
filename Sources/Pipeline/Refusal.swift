import DeployModel

/// Why a request was not done, in words for whoever asked.
package enum Refusal: Error, Sendable, CustomStringConvertible {
  case notFound(String)
  case conflict(String, files: [String] = [])
  case unprocessable(String)
  /// Nothing was done.
  case unavailable(String)
  /// The store failed, and alone knows whether it took the change.
  case storeUnavailable(String)
  /// A part of it was done, or may have been: to ask for it again is another change.
  case unsettled(String)
  case bug(String)

  package var description: String {
    switch self {
    case .notFound(let text), .conflict(let text, _), .unprocessable(let text),
      .unavailable(let text), .storeUnavailable(let text), .unsettled(let text), .bug(let text):
      text
    }
  }

  init(_ error: StoreError) {
    switch error {
    case .unavailable: self = .storeUnavailable(error.description)
    case .conflict(let text): self = .conflict(text)
    case .bug: self = .bug(error.description)
    }
  }

  init(_ error: RegistryError) {
    switch error.disposition {
    case .retry where error.code != .imageGone: self = .unavailable(error.message)
    case .retry: self = .unprocessable(error.message)
    case .giveUp, .bug: self = .unprocessable(error.message)
    }
  }
}
