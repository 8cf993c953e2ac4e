import VicinalCompute
import VicinalCore

/// Compares a query with interleaved 4-bit codes.
///
/// Tables are filled when codes come, not when a query or a cell is announced, so that cells
/// without codes cost nothing.
final class PQFastScanner: SelectingScanner {
  private let kernels: KernelSet
  private let isL2: Bool
  private let centroids: SubspaceCentroids
  private let blockVectors: Int

  private var query: [Float]
  /// What is left of the query relative to the cell that was entered, if any.
  private var residual: [Float]
  private var isRelative = false
  private let tables: FastScanTables
  private var areTablesFilled = false
  private var bias: Float = 0

  /// Codes that were compared with a threshold in coarse units, how many of them passed, and how
  /// many of these were within the threshold in the end.
  private var seen = 0
  private var passed = 0
  private var kept = 0

  /// Whether coarse units let through so many codes in vain that sums of twice the width are worth
  /// their time: so it is with many tables, of which each rounds down; otherwise what some queries have
  /// shown holds for the next.
  private var needsFineUnits: Bool

  /// Tables from which on they round away too much: half a unit each, of 254.
  private static let manyTables = 96

  /// Whether values need be no more exact than bytes make them, and are found sooner so. With few tables
  /// 8-bit sums rule out nearly all codes, and 63 steps would cost recall (SIFT, 64 tables: 0.004). Under
  /// L2 a single far centroid makes an entry that is wider than all that matters.
  private let isRough: Bool

  init(_ codec: PQFastScanCodec, isL2: Bool, isRough: Bool, kernels: KernelSet) {
    self.isRough = isRough && !isL2 && codec.quantizer.subspaces >= Self.manyTables
    self.kernels = kernels
    self.isL2 = isL2
    centroids = codec.quantizer.transposed
    blockVectors = codec.blockVectors
    query = Array(repeating: 0, count: codec.dimension)
    residual = [Float](repeating: 0, count: codec.dimension)
    tables = FastScanTables(parts: codec.quantizer.subspaces, isL2: isL2)
    needsFineUnits = codec.quantizer.subspaces >= Self.manyTables
  }

  func begin(query: Span<Float>) {
    self.query.overwrite(with: query)
    isRelative = false
    bias = 0
    areTablesFilled = false
  }

  func enter(cell: Int, centroid: Span<Float>, distance: Float) {
    if isL2 {
      Self.subtract(centroid, from: query, into: &residual)
      isRelative = true
      areTablesFilled = false
    } else {
      bias = distance.isNaN ? innerProduct(with: centroid) : distance
    }
  }

  func scan(_ codes: RawSpan, count: Int, into values: inout MutableSpan<Float>) {
    fillTables()
    tables.values(of: blocks(codes), count: count, bias: bias, kernels: kernels, into: &values)
  }

  func scan(_ codes: RawSpan, rows: Span<Int32>, into values: inout MutableSpan<Float>) {
    fillTables()
    tables.values(of: blocks(codes), rows: rows, bias: bias, kernels: kernels, into: &values)
  }

  func select(
    _ codes: RawSpan, count: Int, within threshold: Float, rows: inout MutableSpan<Int32>,
    values: inout MutableSpan<Float>
  ) -> Int {
    fillTables()
    if isRough,
      let found = tables.roughValues(
        of: blocks(codes), count: count, bias: bias, within: threshold, kernels: kernels,
        rows: &rows, values: &values)
    {
      let left = keepWithin(
        threshold, isSimilarity: !isL2, found: found, rows: &rows, values: &values)
      kept += left
      return left
    }
    guard
      let limit = tables.limit(
        threshold: threshold, bias: bias, isFine: needsFineUnits, kernels: kernels)
    else { return 0 }
    let codes = blocks(codes)
    if limit != .max {
      let found = tables.rows(
        of: codes, count: count, limit: limit, kernels: kernels, into: &rows)
      defer { judgeUnits(count, found) }
      guard found > 0 else { return 0 }
      // Where most codes pass, all of them are faster than chosen ones.
      if found <= count / 8 {
        tables.values(
          of: codes, rows: rows.span.extracting(0..<found), bias: bias, kernels: kernels,
          into: &values)
        let left = keepWithin(
          threshold, isSimilarity: !isL2, found: found, rows: &rows, values: &values)
        kept += left
        return left
      }
    }
    tables.values(of: codes, count: count, bias: bias, kernels: kernels, into: &values)
    let left = kernels.keep(
      &values, count: count, within: threshold, isSimilarity: !isL2, rows: &rows)
    if limit != .max { kept += left }
    return left
  }

  private func judgeUnits(_ count: Int, _ found: Int) {
    guard !needsFineUnits else { return }
    seen += count
    passed += found
    // An exact value costs as much as some hundred codes cost more in finer units.
    needsFineUnits = seen >= 4096 && (passed - kept) * 128 > seen
  }

  private static func subtract(
    _ centroid: Span<Float>, from query: [Float], into residual: inout [Float]
  ) {
    var residual = residual.mutableSpan
    for index in residual.indices { residual[index] = query[index] - centroid[index] }
  }

  /// In double, so that every instruction set gives the same.
  private func innerProduct(with centroid: Span<Float>) -> Float {
    var sum = 0.0
    for index in query.indices { sum += Double(query[index]) * Double(centroid[index]) }
    return Float(sum)
  }

  private func fillTables() {
    guard !areTablesFilled else { return }
    if isRelative {
      tables.fill(for: residual.span, centroids, kernels: kernels)
    } else {
      tables.fill(for: query.span, centroids, kernels: kernels)
    }
    areTablesFilled = true
  }

  @_lifetime(copy codes)
  private func blocks(_ codes: RawSpan) -> FastScanCodes {
    FastScanCodes(
      codes, blockVectors: blockVectors, pairs: (tables.parts + 1) / 2, extra: 0)
  }
}
