import VicinalCompute
import VicinalCore

/// Compares under L2 or inner product.
final class ScalarScanner: BatchCodeScanner {
  private var state: ScalarScan

  init(_ state: ScalarScan) { self.state = state }

  func begin(query: Span<Float>) { state.begin(query: query) }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    state.enter(centroid: centroid, distance: distance)
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    state.scan(codes, count: count, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    state.scan(codes, rows: rows, into: &values)
  }

  func begin(queries: Span<Float>, count: Int) { state.begin(queries: queries, count: count) }

  func enter(members: Span<Int32>, cell: Int, centroid: Span<Float>?, distances: Span<Float>) {
    state.enter(members: members, centroid: centroid, distances: distances)
  }

  func scanBatch(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    state.scanBatch(codes, count: count, into: &values)
  }
}

/// What ``ScalarScanner`` keeps between calls: spans of arrays can be taken in a value only.
struct ScalarScan {
  private let tables: ScalarTables
  private let isL2: Bool
  private let kernels: KernelSet
  private var queries: [Float] = []
  /// Those of one query, or of each member of a batch.
  private var terms: [Float]
  /// What is added to the values: the part of the centroid under inner product.
  private var bases: [Float] = [0]
  private var scratch: [Float] = []

  init(_ tables: ScalarTables, isL2: Bool, _ kernels: KernelSet) {
    self.tables = tables
    self.isL2 = isL2
    self.kernels = kernels
    terms = Array(filling: tables.paddedDimension, with: 0)
  }

  mutating func begin(query: Span<Float>) {
    begin(queries: query, count: 1)
    if bases.count == 1 { bases[0] = 0 } else { bases = [0] }
    prepare(query: 0, around: nil, as: 0)
  }

  mutating func enter(centroid: Span<Float>, distance: Float) {
    if isL2 {
      prepare(query: 0, around: centroid, as: 0)
    } else {
      bases[0] = base(query: 0, centroid, distance)
    }
  }

  // Changing nothing, but called where it lies: as a copy, all that it holds would be counted.
  mutating func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    tables.scan(
      codes, count: count, terms: terms.span, base: bases[0], isL2: isL2, into: &values,
      kernels: kernels)
  }

  mutating func scan(
    _ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>
  ) {
    tables.scan(
      codes, rows: rows, terms: terms.span, base: bases[0], isL2: isL2, into: &values,
      kernels: kernels)
  }

  mutating func begin(queries: Span<Float>, count: Int) {
    self.queries.removeAll(keepingCapacity: true)
    self.queries.reserveCapacity(count * tables.dimension)
    for index in 0..<count * tables.dimension { self.queries.append(queries[index]) }
  }

  mutating func enter(members: Span<Int32>, centroid: Span<Float>?, distances: Span<Float>) {
    let needed = members.count * tables.paddedDimension
    if terms.count < needed { terms = Array(repeating: 0, count: needed) }
    bases.removeAll(keepingCapacity: true)
    for index in members.indices {
      let query = Int(members[index])
      prepare(query: query, around: centroid, as: index)
      if let centroid, !isL2 {
        bases.append(base(query: query, centroid, distances[index]))
      } else {
        bases.append(0)
      }
    }
  }

  mutating func scanBatch(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    if scratch.isEmpty { scratch = Array(repeating: 0, count: tables.scratchCount) }
    // The array is moved out while it is changed beside the other properties.
    var room: [Float] = []
    swap(&room, &scratch)
    var target = room.mutableSpan
    tables.scanTile(
      codes, count: count, terms: terms.span, queries: bases.count, isL2: isL2, scratch: &target,
      into: &values, kernels: kernels)
    swap(&room, &scratch)
    for (member, base) in bases.enumerated() where base != 0 {
      for index in member * count..<(member + 1) * count { values[index] += base }
    }
  }

  private func query(_ index: Int) -> Range<Int> {
    index * tables.dimension..<(index + 1) * tables.dimension
  }

  private mutating func prepare(query index: Int, around centroid: Span<Float>?, as member: Int) {
    var room: [Float] = []
    swap(&room, &terms)
    var target = room.mutableSpan
    tables.prepare(
      queries.span.extracting(query(index)), around: centroid, isL2: isL2, into: &target,
      place: member, kernels: kernels)
    swap(&room, &terms)
  }

  private func base(query index: Int, _ centroid: Span<Float>, _ distance: Float) -> Float {
    guard distance.isNaN else { return distance }
    return kernels.distance(
      queries.span.extracting(query(index)), centroid, metric: .innerProduct)
  }
}
