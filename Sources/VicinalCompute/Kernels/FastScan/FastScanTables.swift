import CVicinalKernels

/// The look-up tables of one query for 4-bit codes: as floats, and rounded down to bytes in such
/// a way that no code that a threshold admits is lost.
///
/// The best entry of each table is taken off before rounding, so that a sum of bytes says how much
/// worse than the best conceivable code a code is at least. With a threshold only the range up
/// to it has to be told apart: its width is mapped to 254 units, sums that would exceed a byte
/// stay at 255, and 8-bit arithmetic suffices ("Quicker ADC", André et al., PAMI 2019). Rounding
/// down costs up to one unit per table; where that lets too many codes through, 16-bit sums of
/// finer units are taken.
///
/// A class, since scanners own one each and copies of its arrays would cost more than a scan.
package final class FastScanTables {
  /// Tables.
  package let parts: Int

  /// 16 floats per part, and 16 zeros behind them if their number is odd.
  package private(set) var table: [Float]

  /// The tables in units, of the same shape.
  package private(set) var units: [UInt8]

  /// Whether smaller sums are better.
  private let isL2: Bool

  private var best: [Float]
  private var bestSum = 0.0
  private var widest = 0.0
  private var magnitude = 0.0

  /// Units per distance; 0 while `units` holds nothing.
  private var scale = 0.0
  private var isFine = false

  /// Tables to be filled.
  package init(parts: Int, isL2: Bool) {
    precondition(parts > 0)
    self.parts = parts
    self.isL2 = isL2
    table = Array(repeating: 0, count: (parts + 1) / 2 * 32)
    units = Array(repeating: 0, count: (parts + 1) / 2 * 32)
    best = Array(repeating: 0, count: parts)
  }

  /// Compares each part of a query with its 16 centroids.
  package func fill(
    for query: Span<Float>, _ centroids: SubspaceCentroids, kernels: KernelSet
  ) {
    precondition(centroids.subspaces == parts && centroids.stride == 16)
    precondition(query.count == parts * centroids.subdimension)
    var facts: [Float] = [0, 0]
    unsafe query.withUnsafeBufferPointer { query in
      unsafe centroids.values.withUnsafeBufferPointer { values in
        unsafe kernels.functions.fastscan.table(
          query.baseAddress, values.baseAddress, parts, centroids.subdimension, isL2 ? 1 : 0,
          &table, &best, &facts)
      }
    }
    bestSum = best.reduce(0.0) { $0 + Double($1) }
    widest = Double(facts[0])
    magnitude = Double(facts[1])
    scale = 0
  }

  /// Rounds the tables so that codes can be compared with a threshold.
  ///
  /// - Parameters:
  ///   - threshold: The worst value that must not be lost.
  ///   - bias: What is added to every sum to give a value.
  ///   - isFine: Whether units may be finer than sums of 8 bits allow.
  /// - Returns: The largest sum of units that a code within the threshold can have; `nil` if
  ///   none can be within it; `.max` if units cannot tell.
  package func limit(
    threshold: Float, bias: Float, isFine: Bool, kernels: KernelSet
  ) -> UInt32? {
    let range = Double(threshold) - Double(bias) - bestSum
    // Sums of floats are rounded after every addition.
    let slack =
      (magnitude + abs(Double(bias)) + abs(Double(threshold))) * Double(parts + 8) * 0x1p-24
    let width = (isL2 ? range : -range) + slack
    guard width.isFinite else { return .max }
    guard width >= 0 else { return nil }
    // Units that cannot be finer than those for 8 bits are of no use.
    let isFine = isFine && fineScale(width) * width > 254.9
    let most = isFine ? 65_534.9 : 254.9
    let isUsable =
      self.isFine == isFine && width * scale <= most
      && (isFine ? scale >= fineScale(width) * 0.9 : width * scale >= most * 0.9)
    if !isUsable {
      scale = min(isFine ? fineScale(width) : most / max(width, 1e-30), 1e30)
      self.isFine = isFine
      quantize(kernels: kernels)
    }
    // Entries are rounded down, but only after a product that may have been rounded up.
    return UInt32(min(width * scale * (1 + 0x1p-20), most))
  }

  /// Units in which no entry that matters exceeds 63, so that bytes can hold sums of four, nor a
  /// sum 16 bits.
  private func fineScale(_ width: Double) -> Double {
    min(63.9 / max(min(width, widest), 1e-30), 65_534.9 / max(width, 1e-30))
  }

  /// Values as exact as tables of numbers up to 63 make them, of those of the first codes that may be
  /// within a threshold. How the tables are rounded does not depend on the threshold, so that values
  /// can be compared whatever was asked before; ``limit(threshold:bias:isFine:kernels:)`` must be asked
  /// anew afterwards.
  ///
  /// - Parameters:
  ///   - rows: At least `count` places; receives numbers of codes, ascending.
  ///   - values: At least `count` places.
  /// - Returns: How many; `nil` if the tables cannot be rounded so.
  package func roughValues(
    of codes: borrowing FastScanCodes, count: Int, bias: Float, within threshold: Float,
    kernels: KernelSet, rows: inout MutableSpan<Int32>, values: inout MutableSpan<Float>
  ) -> Int? {
    let wanted = Self.roughMost / widest
    guard parts <= Self.mostRoughParts, wanted.isFinite, Float(wanted).isNormal,
      Float(1 / wanted).isNormal, magnitude.isFinite
    else { return nil }
    if scale != wanted || !isFine {
      (scale, isFine) = (wanted, true)
      quantize(kernels: kernels)
    }
    // What rounding down takes from each table on average.
    let half = Double(parts) / 2 / wanted
    let unit = Float(isL2 ? 1 / wanted : -1 / wanted)
    let base = Float(bestSum + Double(bias) + (isL2 ? half : -half))
    let reach = ((Double(threshold) - Double(base)) / Double(unit)).rounded(.up) + 1
    guard reach >= 0 else { return 0 }
    let units = units
    return kernels.fastScanRoughValues(
      codes, lut: units.span, count: count, limit: UInt32(min(reach, 65_535)), base: base,
      unit: unit, rows: &rows, values: &values)
  }

  private static let roughMost = 63.9

  /// Up to which sums of such entries fit 16 bits.
  private static let mostRoughParts = 1024

  private func quantize(kernels: KernelSet) {
    unsafe table.withUnsafeBufferPointer { table in
      unsafe best.withUnsafeBufferPointer { best in
        unsafe units.withUnsafeMutableBufferPointer { units in
          unsafe kernels.functions.fastscan.quantize(
            table.baseAddress, best.baseAddress, parts, Float(isL2 ? scale : -scale),
            isFine ? 63 : 255, units.baseAddress)
        }
      }
    }
  }
}

extension FastScanTables {
  /// Numbers of those of the first codes whose sum of units does not exceed a limit, ascending.
  ///
  /// - Parameters:
  ///   - limit: What ``limit(threshold:bias:isFine:kernels:)`` gave last.
  ///   - rows: At least `count` places.
  /// - Returns: How many were found.
  package func rows(
    of codes: borrowing FastScanCodes, count: Int, limit: UInt32, kernels: KernelSet,
    into rows: inout MutableSpan<Int32>
  ) -> Int {
    let units = units
    return kernels.fastScanRows(codes, lut: units.span, count: count, limit: limit, into: &rows)
  }

  /// Values of the first codes.
  ///
  /// - Parameter values: At least `count` places.
  package func values(
    of codes: borrowing FastScanCodes, count: Int, bias: Float, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    let table = table
    kernels.fastScanValues(codes, table: table.span, bias: bias, count: count, into: &values)
  }

  /// Values of chosen codes, the same as those of all.
  ///
  /// - Parameter values: At least as many places as rows.
  package func values(
    of codes: borrowing FastScanCodes, rows: Span<Int32>, bias: Float, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    let table = table
    kernels.fastScanValues(codes, table: table.span, bias: bias, rows: rows, into: &values)
  }
}
