import VicinalCore
import VicinalIndexes
import VicinalMessages

/// The vectors of a version that are not in its main index: an exact flat index that is changed in
/// place. A copy shares its chunks of 4 MiB, so a change costs what it touches.
struct DeltaIndex: Sendable {
  /// Vectors by place, 0 ..< count, as ``ServiceMetric/prepared(_:dimension:)`` makes them.
  private(set) var flat: FlatIndex
  private(set) var ids = IDChunks()

  init(dimension: Int, metric: ServiceMetric) {
    flat = FlatIndex(dimension: dimension, metric: metric.indexMetric)
  }

  /// Takes over what a snapshot holds.
  init(flat: FlatIndex, ids: [Int64]) {
    self.flat = flat
    for id in ids { self.ids.append(id) }
  }

  var count: Int { flat.count }
  private var dimension: Int { flat.dimension }

  /// Adds prepared vectors at the end.
  ///
  /// - Parameter places: Where each id is; kept up to date.
  mutating func add(
    _ newIDs: [Int64], _ values: [Float], places: inout [Int64: Int]
  ) throws(IndexError) {
    guard !newIDs.isEmpty else { return }
    try flat.add(VectorBatch(values.span, dimension: dimension), execution: Execution(workers: 1))
    for id in newIDs {
      places[id] = ids.count
      ids.append(id)
    }
  }

  /// Gives vectors new, prepared values.
  mutating func update(_ rows: [Int64], with values: [Float]) throws(IndexError) {
    guard !rows.isEmpty else { return }
    try flat.replace(
      rows.span, with: VectorBatch(values.span, dimension: dimension),
      execution: Execution(workers: 1))
  }

  /// Takes vectors out, as far as they are here: the last ones move to their places.
  mutating func remove(_ gone: [Int64], places: inout [Int64: Int]) throws(IndexError) {
    var moved: [Int: Int] = [:]
    let before = count
    for id in gone {
      guard let place = places.removeValue(forKey: id) else { continue }
      let last = ids.count - 1
      if place != last {
        let mover = ids[last]
        ids[place] = mover
        places[mover] = place
        moved[place] = moved[last] ?? last
      }
      moved[last] = nil
      ids.removeLast()
    }
    guard ids.count < before else { return }
    let targets = moved.keys.sorted()
    var values: [Float] = []
    for target in targets { values += try flat.reconstruct(Int64(moved[target] ?? target)) }
    try update(targets.map(Int64.init), with: values)
    try flat.removeLast(before - ids.count)
  }

  /// The nearest vectors, by their places.
  func search(
    _ queries: [Float], k: Int, allowed: AllowedIDs?, execution: Execution
  ) throws(IndexError) -> Neighbors {
    let filter = allowed.map { allowed in
      var bits = [UInt8](repeating: 0, count: (count + 7) / 8)
      for place in 0..<count where allowed.contains(ids[place]) {
        bits[place / 8] |= 1 << UInt8(place % 8)
      }
      return IDFilter.bitmap(bits)
    }
    return try flat.search(
      VectorBatch(queries.span, dimension: dimension), k: k,
      options: SearchOptions(filter: filter, execution: execution))
  }
}
