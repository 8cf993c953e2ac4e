import VicinalCompute
import VicinalCore

/// Compares a query with interleaved RaBitQ codes.
///
/// Tables are filled when codes come, not when a query or a cell is announced, so that cells
/// without codes cost nothing.
final class RaBitQFastScanner: SelectingScanner {
  private let codec: RaBitQFastScanCodec
  private let kernels: KernelSet
  private let isL2: Bool
  private let prepared: RaBitQFastQuery
  private var query: [Float]
  private var origin: [Float]
  private var norm: Float = 0
  private var isPrepared = false

  init(_ codec: RaBitQFastScanCodec, kernels: KernelSet) {
    self.codec = codec
    self.kernels = kernels
    isL2 = codec.quantizer.metric == .l2
    prepared = RaBitQFastQuery(
      dimension: codec.dimension, extraBits: codec.quantizer.extraBits, isL2: isL2)
    query = Array(repeating: 0, count: codec.dimension)
    origin = query
  }

  func begin(query: Span<Float>) {
    self.query.overwrite(with: query)
    let center = codec.quantizer.center
    if center.isEmpty {
      origin = Array(repeating: 0, count: query.count)
    } else {
      origin.overwrite(with: center.span)
    }
    norm = isL2 ? 0 : kernels.distance(query, query, metric: .innerProduct)
    isPrepared = false
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    origin.overwrite(with: centroid)
    isPrepared = false
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    prepare()
    prepared.values(of: blocks(codes), count: count, kernels: kernels, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    prepare()
    prepared.values(of: blocks(codes), rows: rows, kernels: kernels, into: &values)
  }

  func select(
    _ codes: RawSpan, count: Int, within threshold: Float, rows: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
  ) -> Int {
    prepare()
    let codes = blocks(codes)
    if threshold.isFinite {
      let found = prepared.rows(
        of: codes, count: count, within: threshold, kernels: kernels, into: &rows)
      // Where most codes pass, the sums of all are faster than those of chosen ones.
      if found <= count / 4 || codec.quantizer.bits > 1 {
        prepared.values(
          of: codes, rows: rows.span.extracting(0..<found), kernels: kernels, into: &values)
        return keepWithin(
          threshold, isSimilarity: !isL2, found: found, rows: &rows, values: &values)
      }
    }
    prepared.values(of: codes, count: count, kernels: kernels, into: &values)
    return kernels.keep(
      &values, count: count, within: threshold, isSimilarity: !isL2, rows: &rows)
  }

  private func prepare() {
    guard !isPrepared else { return }
    isPrepared = true
    let (query, origin) = (query, origin)
    prepared.set(
      distance: kernels.distance(query.span, origin.span, metric: .l2),
      product: isL2 ? 0 : kernels.distance(query.span, origin.span, metric: .innerProduct),
      norm: norm,
      kernels: kernels
    ) { query[$0] - origin[$0] }
  }

  @_lifetime(copy codes)
  private func blocks(_ codes: RawSpan) -> FastScanCodes {
    FastScanCodes(
      codes, blockVectors: codec.blockVectors, pairs: codec.signBytes,
      extra: codec.codeSize - codec.signBytes)
  }
}
