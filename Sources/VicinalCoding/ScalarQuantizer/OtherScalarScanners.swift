import VicinalCompute
import VicinalCore

/// Decodes a few codes at a time and compares the vectors: for metrics without a kernel of codes.
final class DecodingScalarScanner: CodeScanner {
  private var state: DecodingScan

  init(_ state: DecodingScan) { self.state = state }

  func begin(query: Span<Float>) { state.begin(query: query) }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) { state.enter(centroid: centroid) }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    state.scan(codes, count: count, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    state.scan(codes, rows: rows, into: &values)
  }
}

/// What ``DecodingScalarScanner`` keeps between calls.
struct DecodingScan {
  private let tables: ScalarTables
  private let metric: Metric
  private let kernels: KernelSet
  private var query: [Float] = []
  private var origin: [Float] = []
  private var vectors: [Float]

  private static let piece = 16

  init(_ tables: ScalarTables, _ metric: Metric, _ kernels: KernelSet) {
    self.tables = tables
    self.metric = metric
    self.kernels = kernels
    vectors = Array(repeating: 0, count: Self.piece * tables.dimension)
  }

  mutating func begin(query: Span<Float>) {
    self.query = copy(query)
    origin = []
  }

  mutating func enter(centroid: Span<Float>) { origin = copy(centroid) }

  mutating func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    for first in stride(from: 0, to: count, by: Self.piece) {
      let part = min(Self.piece, count - first)
      let start = first * tables.codeSize
      decode(codes.extracting(start..<start + part * tables.codeSize))
      for index in 0..<part { values[first + index] = value(of: index) }
    }
  }

  mutating func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    for index in rows.indices {
      let start = Int(rows[index]) * tables.codeSize
      decode(codes.extracting(start..<start + tables.codeSize))
      values[index] = value(of: 0)
    }
  }

  /// Decodes at most ``piece`` codes and moves them to where they belong.
  private mutating func decode(_ codes: RawSpan) {
    // The array is moved out while it is changed beside the other properties.
    var room: [Float] = []
    swap(&room, &vectors)
    var target = room.mutableSpan
    tables.decode(codes, into: &target, kernels: kernels)
    swap(&room, &vectors)
    guard !origin.isEmpty else { return }
    for index in 0..<codes.byteCount / tables.codeSize * tables.dimension {
      vectors[index] += origin[index % tables.dimension]
    }
  }

  private func value(of index: Int) -> Float {
    let start = index * tables.dimension
    return kernels.distance(
      query.span, vectors.span.extracting(start..<start + tables.dimension), metric: metric)
  }
}

/// The scanner of codes without bits: every code stands for its centroid, or for the origin where
/// there is none.
final class EmptyCodeScanner: CodeScanner {
  private var state: EmptyScan

  init(_ state: EmptyScan) { self.state = state }

  func begin(query: Span<Float>) { state.begin(query: query) }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    state.enter(centroid: centroid, distance: distance)
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    for index in 0..<count { values[index] = state.value }
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    scan(codes, count: rows.count, into: &values)
  }
}

/// What ``EmptyCodeScanner`` keeps between calls.
struct EmptyScan {
  /// The value of every code.
  private(set) var value: Float = 0

  private let zeros: [Float]
  private let metric: Metric
  private let kernels: KernelSet
  private var query: [Float] = []

  init(_ dimension: Int, _ metric: Metric, _ kernels: KernelSet) {
    zeros = Array(repeating: 0, count: dimension)
    self.metric = metric
    self.kernels = kernels
  }

  mutating func begin(query: Span<Float>) {
    self.query = copy(query)
    value = kernels.distance(query, zeros.span, metric: metric)
  }

  mutating func enter(centroid: Span<Float>, distance: Float) {
    value =
      distance.isNaN ? kernels.distance(query.span, centroid, metric: metric) : distance
  }
}

private func copy(_ span: Span<Float>) -> [Float] {
  var values: [Float] = []
  values.reserveCapacity(span.count)
  for index in span.indices { values.append(span[index]) }
  return values
}
