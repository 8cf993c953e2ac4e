import VicinalMessages

/// The ids that a search may find, where it says so.
struct AllowedIDs {
  /// Each once, ascending; `nil` for all of the range.
  let ids: [Int64]?
  let range: ClosedRange<Int64>?
  private let set: Set<Int64>

  /// - Returns: `nil` if all ids are allowed.
  init?(_ request: SearchRequest) {
    guard request.allowedIDs != nil || request.allowedRange != nil else { return nil }
    range = request.allowedRange
    set = Set(request.allowedIDs ?? [])
    ids = request.allowedIDs == nil ? nil : set.sorted()
  }

  func contains(_ id: Int64) -> Bool {
    (ids == nil || set.contains(id)) && range?.contains(id) ?? true
  }
}
