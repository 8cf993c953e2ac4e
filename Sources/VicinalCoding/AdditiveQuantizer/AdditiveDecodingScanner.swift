import VicinalCompute
import VicinalCore

/// Compares queries with what codes stand for by L2, entry sums made on the way.
///
/// faiss: `AQDistanceComputerDecompress`, `AQInvertedListScannerDecompress`.
final class AdditiveDecodingScanner: CodeScanner {
  private let parts: [AdditivePart]
  private let fields: AdditiveFields
  private let kernels: KernelSet
  private var query: [Float]
  private var difference: [Float]
  private var entries: [Int32]

  /// Codes unpacked at once.
  private static let piece = 256

  init(_ quantizer: AdditiveQuantizer, kernels: KernelSet) {
    parts = quantizer.parts
    self.kernels = kernels
    query = [Float](repeating: 0, count: quantizer.dimension)
    difference = query
    entries = [Int32](repeating: 0, count: Self.piece * quantizer.bits.count)
    fields = quantizer.partFields
  }

  func begin(query: Span<Float>) {
    self.query.overwrite(with: query)
    difference = self.query
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    for index in difference.indices { difference[index] = query[index] - centroid[index] }
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    let size = fields.codeSize
    for first in stride(from: 0, to: count, by: Self.piece) {
      let taken = min(Self.piece, count - first)
      var span = entries.mutableSpan
      fields.unpack(
        codes.extracting(first * size..<codes.byteCount), count: taken, kernels: kernels,
        into: &span)
      var target = values._mutatingExtracting(first..<first + taken)
      compare(taken, into: &target)
    }
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    for first in stride(from: 0, to: rows.count, by: Self.piece) {
      let taken = min(Self.piece, rows.count - first)
      var span = entries.mutableSpan
      fields.unpack(
        codes, rows: rows.extracting(first..<first + taken), kernels: kernels, into: &span)
      var target = values._mutatingExtracting(first..<first + taken)
      compare(taken, into: &target)
    }
  }

  private func compare(_ count: Int, into values: inout MutableSpan<Float>) {
    for index in 0..<count { values[index] = 0 }
    let step = fields.bits.count
    var (field, coordinate) = (0, 0)
    for part in parts {
      kernels.addDistances(
        from: difference.span.extracting(coordinate..<coordinate + part.dimension),
        to: part.codebooks.span, entries: entries.span,
        range: field..<field + part.bits.count, step: step, count: count, into: &values)
      field += part.bits.count
      coordinate += part.dimension
    }
  }
}
