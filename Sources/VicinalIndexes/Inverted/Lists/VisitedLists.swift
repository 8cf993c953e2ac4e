import VicinalCompute
import VicinalCore

/// The lists of an inverted file as a search visits them: where they lie, by the notes of that or,
/// as long as there are none, by the lists themselves.
struct VisitedLists {
  private let lists: [InvertedList]
  private let places: [ListPlace]

  /// - Parameter places: Those of all lists, or none.
  init(_ lists: [InvertedList], places: [ListPlace]) {
    self.lists = lists
    self.places = places
  }

  /// Where the parts of a list lie.
  func place(of list: Int) -> ListPlace {
    places.isEmpty ? ListPlace(lists.span[list]) : places[list]
  }

  /// Vectors in a list.
  func count(of list: Int) -> Int { places.isEmpty ? lists.span[list].count : places[list].count }

  /// The id of a vector in a list. By the notes it costs no reference counts, which would keep the
  /// processor from waiting for several ids at once.
  func id(list: Int, at offset: Int) -> Int64 {
    guard !places.isEmpty else { return lists.span[list].id(at: offset) }
    return places.span[list].ids.bytes(keptBy: self).loadUnaligned(offset * 8, as: Int64.self)
  }

  /// Asks for the begin of a list that will be visited soon, where that costs nothing but asking.
  func prefetch(_ list: Int) {
    if !places.isEmpty { places[list].prefetch() }
  }
}

extension IVFIndex {
  /// The lists, for a search that is about to look at so many.
  func visited(_ visits: Int) -> VisitedLists {
    VisitedLists(lists, places: places.all(for: visits, of: lists))
  }
}
