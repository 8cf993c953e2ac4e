import Foundation
package import VicinalCore
import VicinalIndexes
package import VicinalMessages

/// How vectors are compared.
package enum ServiceMetric: String, Sendable, CaseIterable {
  case l2, ip, cosine

  var indexMetric: Metric { self == .l2 ? .l2 : .innerProduct }
}

/// The vectors after a certain change, ready to be searched; it never changes itself.
///
/// A copy shares its memory with the version that it is made from, so the next version costs what
/// the change touches: a few chunks of 4 MiB, however many vectors there are.
package struct IndexVersion: Sendable {
  /// Vectors by place, 0 ..< count.
  private(set) var flat: FlatIndex
  private(set) var ids = IDChunks()
  package let metric: ServiceMetric
  package var sequence: Int64

  package init(dimension: Int, metric: ServiceMetric, sequence: Int64) {
    flat = FlatIndex(dimension: dimension, metric: metric.indexMetric)
    self.metric = metric
    self.sequence = sequence
  }

  package var count: Int { flat.count }
  package var dimension: Int { flat.dimension }

  // MARK: Searching

  /// The nearest vectors of each query, their ids and scores; id -1 where there are fewer than k.
  package func search(_ request: SearchRequest, k: Int, workers: Int) throws(ServiceError)
    -> Neighbors
  {
    guard request.dimension == dimension else {
      throw ServiceError(
        .dimensionMismatch, "expected \(dimension), got \(request.dimension) (search[0])")
    }
    let values = prepared(request.queries)
    do throws(IndexError) {
      let batch = try VectorBatch(values.span, dimension: dimension)
      var found = try flat.search(
        batch, k: k,
        options: SearchOptions(filter: filter(request), execution: Execution(workers: workers)))
      for place in found.ids.indices {
        if found.ids[place] >= 0 {
          found.ids[place] = ids[Int(found.ids[place])]
        } else {
          // As faiss pads.
          found.distances[place] =
            (metric == .l2 ? 1 : -1) * Float.greatestFiniteMagnitude
        }
      }
      return found
    } catch {
      throw ServiceError(.internal, error.message)
    }
  }

  /// Which places a request allows.
  private func filter(_ request: SearchRequest) -> IDFilter? {
    guard request.allowedIDs != nil || request.allowedRange != nil else { return nil }
    let allowed = request.allowedIDs.map(Set.init)
    var bits = [UInt8](repeating: 0, count: (count + 7) / 8)
    for place in 0..<count {
      let id = ids[place]
      if allowed?.contains(id) ?? true, request.allowedRange?.contains(id) ?? true {
        bits[place / 8] |= 1 << UInt8(place % 8)
      }
    }
    return .bitmap(bits)
  }

  /// Vectors as the index holds them: for cosine of length 1, but for zeros, whose score is 0.
  private func prepared(_ vectors: [Float]) -> [Float] {
    guard metric == .cosine else { return vectors }
    var vectors = vectors
    for first in stride(from: 0, to: vectors.count, by: dimension) {
      let row = first..<first + dimension
      // The squares of floats may be too large or small for a float, never for a double.
      let sum = row.reduce(Double(0)) { $0 + Double(vectors[$1]) * Double(vectors[$1]) }
      guard sum > 0 else { continue }
      let length = sum.squareRoot()
      for place in row { vectors[place] = Float(Double(vectors[place]) / length) }
    }
    return vectors
  }

  // MARK: Changing

  /// Adds vectors at the end.
  ///
  /// - Parameter places: Where each id is; kept up to date.
  mutating func add(
    _ items: VectorItems, places: inout [Int64: Int]
  ) throws(IndexError) {
    guard !items.ids.isEmpty else { return }
    let values = prepared(items.vectors)
    try flat.add(VectorBatch(values.span, dimension: dimension), execution: Execution(workers: 1))
    for id in items.ids {
      places[id] = ids.count
      ids.append(id)
    }
  }

  /// Gives vectors new values.
  mutating func update(_ items: VectorItems, places: [Int64: Int]) throws(IndexError) {
    guard !items.ids.isEmpty else { return }
    let values = prepared(items.vectors)
    let numbers = items.ids.map { Int64(places[$0] ?? -1) }
    try flat.replace(numbers.span, with: VectorBatch(values.span, dimension: dimension))
  }

  /// Takes vectors out: the last ones move to their places.
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
    let numbers = targets.map(Int64.init)
    try flat.replace(numbers.span, with: VectorBatch(values.span, dimension: dimension))
    try flat.removeLast(before - ids.count)
  }
}
