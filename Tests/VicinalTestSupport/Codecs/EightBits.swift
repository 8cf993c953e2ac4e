package import VicinalCoding
package import VicinalCompute
package import VicinalCore

/// A scalar quantizer of one byte per dimension, in its plainest form: values between the least
/// and the greatest of the sample. Graphs read its codes themselves unless `isOpaque`.
package struct EightBits: ByteValueCodec {
  package let dimension: Int
  private let isOpaque: Bool
  private var lowest: [Float] = []
  private var steps: [Float] = []

  package init(dimension: Int, isOpaque: Bool = false) {
    self.dimension = dimension
    self.isOpaque = isOpaque
  }

  package var isTrained: Bool { !steps.isEmpty }
  package var codeSize: Int { dimension }
  package var byteCount: Int { 8 * steps.count }

  package var byteValues: (offsets: [Float], scales: [Float])? {
    isOpaque || !isTrained ? nil : (lowest, steps)
  }

  package mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    var low = [Float](repeating: .infinity, count: dimension)
    var high = [Float](repeating: -.infinity, count: dimension)
    for row in 0..<sample.count {
      for column in 0..<dimension {
        low[column] = min(low[column], sample.row(row)[column])
        high[column] = max(high[column], sample.row(row)[column])
      }
    }
    lowest = low
    steps = zip(low, high).map { max(1e-6, ($1 - $0) / 255) }
  }

  package func encode(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [UInt8] {
    guard isTrained else { throw IndexError(.notTrained, "8 bits must be trained first") }
    var codes: [UInt8] = []
    for row in 0..<vectors.count {
      for column in 0..<dimension {
        let step = (vectors.row(row)[column] - lowest[column]) / steps[column]
        codes.append(UInt8(max(0, min(255, step.rounded()))))
      }
    }
    return codes
  }

  package func decode(_ codes: RawSpan) throws(IndexError) -> [Float] {
    (0..<codes.byteCount).map { place in
      lowest[place % dimension] + steps[place % dimension] * Float(codes.byte(place))
    }
  }

  package func makeScanner(
    metric: Metric, options: ScanOptions, kernels: KernelSet
  ) throws(IndexError) -> any CodeScanner {
    EightBitScanner(self, metric: metric, kernels: kernels)
  }
}

/// Compares with decoded floats.
private final class EightBitScanner: CodeScanner {
  private let codec: EightBits
  private let metric: Metric
  private let kernels: KernelSet
  private var query: [Float] = []

  init(_ codec: EightBits, metric: Metric, kernels: KernelSet) {
    self.codec = codec
    self.metric = metric
    self.kernels = kernels
  }

  func begin(query: Span<Float>) { self.query = query.indices.map { query[$0] } }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {}

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    for place in 0..<count { values[place] = value(codes, place) }
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    for place in rows.indices { values[place] = value(codes, Int(rows[place])) }
  }

  private func value(_ codes: RawSpan, _ row: Int) -> Float {
    let code = codes.extracting(row * codec.dimension..<(row + 1) * codec.dimension)
    guard let vector = try? codec.decode(code) else { return .nan }
    let query = query
    return kernels.distance(query.span, vector.span, metric: metric)
  }
}
