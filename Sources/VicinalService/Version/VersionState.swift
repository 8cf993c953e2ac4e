import VicinalCore
import VicinalMessages

/// A version of the index as it is being changed, with what finds ids in it.
package struct VersionState: Sendable {
  /// `nil` before the first vector.
  package var version: IndexVersion?
  /// Where each id of the delta is. Those of the main index are in order there.
  var places: [Int64: Int] = [:]
  package var sequence: Int64 = 0

  /// Whether there is a vector with an id.
  func contains(_ id: Int64) -> Bool { version?.contains(id, places: places) ?? false }

  /// Reads all vectors of a store into a delta.
  init(reading store: VectorStore, metric: ServiceMetric) throws(IndexError) {
    do {
      var version: IndexVersion?
      var places: [Int64: Int] = [:]
      let head = try store.readAll(batch: 4096) { head in
        if head.dimension > 0 {
          version = IndexVersion(
            dimension: head.dimension, metric: metric, sequence: head.sequence)
        }
      } body: { ids, values, dimension in
        try version?.add(
          VectorItems(ids: ids, vectors: values, dimension: dimension), places: &places)
      }
      sequence = head.sequence
      self.version = version
      self.places = places
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
  }

  init(version: IndexVersion?, places: [Int64: Int], sequence: Int64) {
    self.version = version
    self.places = places
    self.sequence = sequence
  }

  /// Brings the index to the state after a stored change.
  mutating func apply(_ accepted: AcceptedChange, metric: ServiceMetric) throws(IndexError) {
    let change = accepted.change
    sequence = accepted.sequence
    // Deletions may come before any vector.
    guard accepted.dimension > 0 else { return }
    if change.isCreation || version == nil {
      version = IndexVersion(
        dimension: accepted.dimension, metric: metric, sequence: accepted.sequence)
      places = [:]
    }
    // The order of the store: what is added may have an id that is deleted.
    try version?.remove(change.deleted, places: &places)
    try version?.update(change.updated, places: &places)
    try version?.add(change.added, places: &places)
    version?.sequence = accepted.sequence
  }
}
