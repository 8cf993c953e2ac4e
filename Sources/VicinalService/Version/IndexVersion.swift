import VicinalCore
import VicinalIndexes
import VicinalMessages

/// The vectors after a certain change, ready to be searched; it never changes itself.
///
/// A large main index of any kind, if there is one, is as it was built; what changed since is in an
/// exact flat index beside it. A copy shares its memory with the version that it is made from, so
/// the next version costs what the change touches, however many vectors there are.
package struct IndexVersion: Sendable {
  package private(set) var main: MainIndex?
  private(set) var delta: DeltaIndex
  package let dimension: Int
  package let metric: ServiceMetric
  package var sequence: Int64

  package init(dimension: Int, metric: ServiceMetric, sequence: Int64) {
    self.init(
      dimension: dimension, metric: metric, sequence: sequence, main: nil,
      delta: DeltaIndex(dimension: dimension, metric: metric))
  }

  /// Puts a version together.
  init(
    dimension: Int, metric: ServiceMetric, sequence: Int64, main: MainIndex?, delta: DeltaIndex
  ) {
    self.dimension = dimension
    self.metric = metric
    self.sequence = sequence
    self.main = main
    self.delta = delta
  }

  package var count: Int { (main?.live.count ?? 0) + delta.count }

  /// Vectors beside the main index.
  package var deltaCount: Int { delta.count }

  // MARK: Changing

  /// Whether there is a vector with an id.
  ///
  /// - Parameter places: Where each id is in the delta.
  func contains(_ id: Int64, places: [Int64: Int]) -> Bool {
    places[id] != nil || main?.contains(id) ?? false
  }

  /// Adds vectors whose ids are not there.
  ///
  /// - Parameter places: Where each id is in the delta; kept up to date.
  mutating func add(
    _ items: VectorItems, places: inout [Int64: Int]
  ) throws(IndexError) {
    try delta.add(
      items.ids, metric.prepared(items.vectors, dimension: dimension), places: &places)
  }

  /// Gives vectors that are there new values: those of the main index move to the delta.
  mutating func update(_ items: VectorItems, places: inout [Int64: Int]) throws(IndexError) {
    guard !items.ids.isEmpty else { return }
    let values = metric.prepared(items.vectors, dimension: dimension)
    var (rows, replaced): ([Int64], [Float]) = ([], [])
    var (moved, movedValues): ([Int64], [Float]) = ([], [])
    for (place, id) in items.ids.enumerated() {
      let row = values[place * dimension..<(place + 1) * dimension]
      if let there = places[id] {
        rows.append(Int64(there))
        replaced += row
      } else if main?.bury(id) ?? false {
        moved.append(id)
        movedValues += row
      } else {
        throw IndexError(.notFound, "there is no vector with the id \(id)")
      }
    }
    try delta.update(rows, with: replaced)
    try delta.add(moved, movedValues, places: &places)
  }

  /// Takes vectors out, as far as they are there.
  mutating func remove(_ gone: [Int64], places: inout [Int64: Int]) throws(IndexError) {
    guard !gone.isEmpty else { return }
    if main != nil { for id in gone { _ = main?.bury(id) } }
    try delta.remove(gone, places: &places)
  }
}
