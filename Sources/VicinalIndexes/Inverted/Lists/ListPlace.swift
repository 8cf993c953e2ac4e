import VicinalCoding
import VicinalCore

/// Where the parts of a list of codes lie: what visiting it takes, within a cache line and without
/// reference counts.
struct ListPlace {
  let codes: BytesPlace
  let ids: BytesPlace
  let terms: BytesPlace

  /// Codes; 0 for lists of floats.
  let count: Int

  /// The place of a list, as long as the list is not changed.
  init(_ list: InvertedList) {
    ids = BytesPlace(list.ids)
    terms = BytesPlace(list.terms)
    codes = BytesPlace(list.codes?.bytes ?? ByteStorage())
    count = list.codes?.count ?? 0
  }
}
