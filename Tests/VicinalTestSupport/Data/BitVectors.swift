package import VicinalCore

/// Owned rows of bits with a name that says where they come from, for failure messages.
package struct BitVectors: Sendable, Equatable, CustomStringConvertible {
  package var bytes: [UInt8]
  package let dimension: Int
  package var description: String

  package init(_ bytes: [UInt8], dimension: Int, description: String = "given bits") {
    precondition(dimension > 0 && bytes.count.isMultiple(of: dimension / 8))
    self.bytes = bytes
    self.dimension = dimension
    self.description = description
  }

  /// Random rows: every fourth is a copy of an earlier one with a few bits changed, so that there
  /// are near neighbours and ties.
  package static func random(_ count: Int, dimension: Int, seed: UInt64) -> BitVectors {
    var generator = SplitMix64(seed: SplitMix64.mix(seed ^ UInt64(dimension) << 32))
    let size = dimension / 8
    var bytes: [UInt8] = []
    for row in 0..<count {
      if row > 0, row % 4 == 3 {
        let other = generator.integer(below: row)
        bytes += bytes[other * size..<(other + 1) * size]
        for _ in 0..<generator.integer(below: 4) {
          let bit = generator.integer(below: dimension)
          bytes[row * size + bit / 8] ^= 1 << UInt8(bit % 8)
        }
      } else {
        bytes += (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next()) }
      }
    }
    return BitVectors(
      bytes, dimension: dimension, description: "\(count) × \(dimension) bits, seed \(seed)")
  }

  package var count: Int { bytes.count / (dimension / 8) }

  package subscript(row: Int) -> ArraySlice<UInt8> {
    bytes[row * (dimension / 8)..<(row + 1) * (dimension / 8)]
  }

  /// Rows `range` as vectors of their own.
  package func rows(_ range: Range<Int>) -> BitVectors {
    BitVectors(
      Array(bytes[range.lowerBound * dimension / 8..<range.upperBound * dimension / 8]),
      dimension: dimension, description: "rows \(range) of \(description)")
  }

  /// The rows as the library takes them.
  @_lifetime(borrow self)
  package func batch() throws(IndexError) -> BinaryBatch {
    try BinaryBatch(bytes.span.rawBytes, dimension: dimension)
  }

  /// Some of the rows as the library takes them.
  @_lifetime(borrow self)
  package func batch(_ range: Range<Int>) throws(IndexError) -> BinaryBatch {
    try batch().rows(range)
  }

  /// Bits in which two rows differ, counted one by one.
  package static func distance(_ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>) -> Int {
    zip(a, b).reduce(0) { total, pair in
      (0..<8).reduce(total) { $0 + Int((pair.0 ^ pair.1) >> UInt8($1) & 1) }
    }
  }

  /// The `k` nearest rows of each query by comparing all: best first, ties by id, padded.
  ///
  /// - Parameters:
  ///   - ids: The id of each row; its number unless given.
  ///   - isKept: Which ids there are.
  package func neighbors(
    of queries: BitVectors, k: Int, ids: [Int64]? = nil,
    where isKept: (Int64) -> Bool = { _ in true }
  ) -> Neighbors {
    var result = Neighbors(empty: queries.count, k: k, metric: .l2)
    for query in 0..<queries.count {
      let hits = hits(of: queries[query], ids: ids, where: isKept)
      for (place, hit) in hits.prefix(k).enumerated() {
        result.distances[query * k + place] = Float(hit.distance)
        result.ids[query * k + place] = hit.id
      }
    }
    return result
  }

  /// All rows nearer than a radius, as ``neighbors(of:k:ids:where:)``.
  package func rangeNeighbors(
    of queries: BitVectors, radius: Int, ids: [Int64]? = nil,
    where isKept: (Int64) -> Bool = { _ in true }
  ) -> RangeNeighbors {
    var result = RangeNeighbors(limits: [0], distances: [], ids: [])
    for query in 0..<queries.count {
      let hits = hits(of: queries[query], ids: ids, where: isKept).filter { $0.distance < radius }
      result.distances += hits.map { Float($0.distance) }
      result.ids += hits.map(\.id)
      result.limits.append(result.ids.count)
    }
    return result
  }

  private func hits(
    of query: ArraySlice<UInt8>, ids: [Int64]?, where isKept: (Int64) -> Bool
  ) -> [(distance: Int, id: Int64)] {
    (0..<count).map { (Self.distance(query, self[$0]), ids?[$0] ?? Int64($0)) }
      .filter { isKept($0.1) }
      .sorted { $0.0 != $1.0 ? $0.0 < $1.0 : $0.1 < $1.1 }
  }
}
