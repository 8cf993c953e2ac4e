package import VicinalCoding
package import VicinalCompute
package import VicinalCore

/// A codec that loses nothing: codes are the floats themselves. With it, containers of codes must
/// answer as those of floats do.
package struct RawFloats: VectorCodec {
  package let dimension: Int
  package var isTrained = false

  package init(dimension: Int) { self.dimension = dimension }

  package var codeSize: Int { dimension * 4 }
  package var byteCount: Int { 0 }

  package mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    isTrained = true
  }

  package func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    var codes: [UInt8] = []
    for index in vectors.values.indices {
      let bits = vectors.values[index].bitPattern
      for shift: UInt32 in [0, 8, 16, 24] { codes.append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }
    return codes
  }

  package func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    (0..<codes.byteCount / 4).map {
      Float(bitPattern: UInt32(littleEndian: codes.loadUnaligned($0 * 4, as: UInt32.self)))
    }
  }

  package func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    guard options == ScanOptions() else {
      throw IndexError(.unsupported, "raw floats have no scan options, got \(options)")
    }
    return RawFloatScanner(dimension: dimension, metric: metric, kernels: kernels)
  }
}

/// Compares with decoded floats.
private final class RawFloatScanner: CodeScanner {
  private let dimension: Int
  private let metric: Metric
  private let kernels: KernelSet
  private var query: [Float] = []
  private var relative: [Float] = []
  private var shift: Float = 0

  init(dimension: Int, metric: Metric, kernels: KernelSet) {
    self.dimension = dimension
    self.metric = metric
    self.kernels = kernels
  }

  func begin(query: Span<Float>) {
    self.query = query.indices.map { query[$0] }
    relative = self.query
    shift = 0
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    if metric == .l2 {
      relative = centroid.indices.map { query[$0] - centroid[$0] }
    } else {
      shift = kernels.distance(query.span, centroid, metric: metric)
    }
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    var part = values._mutatingExtracting(0..<count)
    kernels.distances(
      from: relative.span, to: codes.extracting(0..<count * dimension * 4), metric: metric,
      into: &part)
    for index in 0..<count { part[index] += shift }
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    for place in rows.indices {
      let start = Int(rows[place]) * dimension * 4
      var part = values._mutatingExtracting(place..<place + 1)
      kernels.distances(
        from: relative.span, to: codes.extracting(start..<start + dimension * 4), metric: metric,
        into: &part)
      part[0] += shift
    }
  }
}
