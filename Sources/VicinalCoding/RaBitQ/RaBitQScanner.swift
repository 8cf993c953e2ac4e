import VicinalCompute
import VicinalCore

/// Compares a query with RaBitQ codes (section 10.5 of the format document). With one bit the value
/// is the unbiased estimate, with more it comes from all bits.
final class RaBitQScanner: CodeScanner {
  private let codec: RaBitQuantizer
  private let kernels: KernelSet
  private var query: [Float] = []
  private var prepared: RaBitQQuery

  init(codec: RaBitQuantizer, queryBits: Int, kernels: KernelSet) {
    self.codec = codec
    self.kernels = kernels
    prepared = RaBitQQuery(
      dimension: codec.dimension, extraBits: codec.extraBits, queryBits: queryBits)
    let isL2 = codec.metric == .l2
    prepared.factor = isL2 ? 1 : -0.5
    prepared.floor = isL2 ? 0 : -.infinity
  }

  func begin(query: Span<Float>) {
    self.query.removeAll(keepingCapacity: true)
    for index in query.indices { self.query.append(query[index]) }
    let origin =
      codec.center.isEmpty ? [Float](repeating: 0, count: codec.dimension) : codec.center
    prepare(origin.span)
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) { prepare(centroid) }

  private func prepare(_ origin: Span<Float>) {
    prepared.set { query[$0] - origin[$0] }
    let distance = kernels.distance(query.span, origin, metric: .l2)
    if codec.metric == .l2 {
      prepared.base = distance
    } else if codec.extraBits == 0 {
      let norm = kernels.distance(query.span, query.span, metric: .innerProduct)
      prepared.base = distance - norm
    } else {
      prepared.base = kernels.distance(query.span, origin, metric: .innerProduct)
    }
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    prepared.scan(codes, count: count, rows: nil, into: &values, kernels: kernels)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    prepared.scan(codes, count: rows.count, rows: rows, into: &values, kernels: kernels)
  }
}
