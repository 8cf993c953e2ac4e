import VicinalCompute
import VicinalCore

/// Compares queries with codes through tables of inner products with all entries, and the norms
/// that codes hold.
///
/// Under L2 the entries' products are multiplied by −2 beforehand and quantized norms are one more
/// table, so that a value is a plain sum. Numbers within a byte are looked up together.
///
/// faiss: `AQDistanceComputerLUT`, `AQInvertedListScannerLUT`.
final class AdditiveTableScanner: CodeScanner {
  private let dimension: Int
  private let kernels: KernelSet
  private let isL2: Bool
  private let codebooks: PreparedCodebooks.Tables
  private let columns: [Range<Int>]
  private let factor: Float
  private let sums: FieldSums
  private var query: [Float]
  private var scaled: [Float]
  private var bias: Float = 0
  private var areTablesReady = false

  init(_ quantizer: AdditiveQuantizer, isL2: Bool, kernels: KernelSet) {
    dimension = quantizer.dimension
    self.kernels = kernels
    self.isL2 = isL2
    codebooks = quantizer.prepared.tables(of: quantizer.parts)
    let width = quantizer.dimension / quantizer.parts.count
    columns = quantizer.parts.enumerated().flatMap { number, part in
      [Range<Int>](repeating: number * width..<(number + 1) * width, count: part.bits.count)
    }
    factor = !isL2 ? 1 : quantizer.norm == .withoutNorm ? -1 : -2
    let norms = isL2 ? quantizer.norms.table() : []
    sums = FieldSums(
      bits: quantizer.bits + (norms.isEmpty ? [] : [quantizer.norm.normBits]),
      starts: codebooks.starts.dropLast(norms.isEmpty ? 1 : 0).map(\.self), last: norms,
      codeSize: quantizer.codeSize, hasFloat: isL2 && quantizer.norm == .float)
    query = [Float](repeating: 0, count: quantizer.dimension)
    scaled = query
  }

  func begin(query: Span<Float>) {
    for index in self.query.indices {
      self.query[index] = query[index]
      scaled[index] = query[index] * factor
    }
    bias = isL2 ? kernels.distance(query, query, metric: .innerProduct) : 0
    areTablesReady = false
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    guard isL2 else {
      bias =
        distance.isNaN
        ? kernels.distance(query.span, centroid, metric: .innerProduct) : distance
      return
    }
    for index in scaled.indices { scaled[index] = (query[index] - centroid[index]) * factor }
    bias = distance.isNaN ? kernels.distance(query.span, centroid, metric: .l2) : distance
    areTablesReady = false
  }

  private func prepareTables() {
    guard !areTablesReady else { return }
    sums.fill { tables in
      for (number, codebook) in codebooks.codebooks.enumerated() {
        let start = codebooks.starts[number]
        var table = tables._mutatingExtracting(start..<start + codebook.stride)
        codebook.fillTables(
          for: scaled.span.extracting(columns[number]), isL2: false, kernels: kernels, into: &table)
      }
    }
    areTablesReady = true
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    prepareTables()
    sums.sum(codes, count: count, bias: bias, kernels: kernels, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    prepareTables()
    sums.sum(codes, rows: rows, bias: bias, kernels: kernels, into: &values)
  }
}
