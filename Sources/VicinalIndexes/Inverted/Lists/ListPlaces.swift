import Synchronization

/// The places of all lists of an inverted file, once searches have looked at so many lists that
/// finding them again each time has cost as much as noting them.
///
/// Belongs to lists as they are: whoever changes them takes a new one.
final class ListPlaces: Sendable {
  private struct State {
    var looked = 0
    var places: [ListPlace] = []
  }

  private let state = Mutex(State())

  /// The places of all lists, or none as long as few lists were looked at.
  ///
  /// - Parameters:
  ///   - visits: Lists that a search is about to look at.
  ///   - lists: What this belongs to.
  func all(for visits: Int, of lists: [InvertedList]) -> [ListPlace] {
    state.withLock { state in
      guard state.places.isEmpty else { return state.places }
      state.looked += visits
      // A quarter, because a visit costs several times as much as a note.
      guard state.looked >= lists.count / 4 else { return [] }
      state.places = lists.map { ListPlace($0) }
      return state.places
    }
  }

  /// Whether places were noted, which then belong to these lists for good.
  var isUsed: Bool { state.withLock { !$0.places.isEmpty || $0.looked > 0 } }
}
