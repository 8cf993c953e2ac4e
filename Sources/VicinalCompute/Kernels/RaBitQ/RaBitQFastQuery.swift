import CVicinalKernels
import VicinalCore

/// A query as fast scan compares it with RaBitQ codes: look-up tables for four signs at a time,
/// as floats and rounded to bytes.
///
/// Rounded sums only rule out codes that cannot be within a threshold; the others are summed in
/// float. A class, since scanners own one each and copies of its arrays would cost more than a
/// scan.
package final class RaBitQFastQuery {
  private let extraBits: Int
  private let isL2: Bool
  private let parts: Int
  private let signs: SubspaceCentroids
  private let zeros: [UInt8]

  private var query: RaBitQQuery
  private var factors = Factors()
  private var table: [Float]
  private var units: [UInt8]
  private var best: [Float]
  private var sums: [UInt16] = []

  /// What C takes, without its pointer.
  private struct Factors {
    var base: Float = 0
    var scale: Float = 0
    var factor: Float = 1
    var error: Float = 0
    var offset: Float = 0
    var step: Float = 0
    var slack: Float = 0
  }

  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - extraBits: Bits per coordinate beside the sign, 0…8.
  ///   - isL2: Whether smaller values are better.
  package init(dimension: Int, extraBits: Int, isL2: Bool) {
    self.extraBits = extraBits
    self.isL2 = isL2
    parts = (dimension + 3) / 4
    // Entry i of a table is of the signs that its bits say.
    let entries = (0..<16).flatMap { entry in
      (0..<4).map { entry >> $0 & 1 == 1 ? Float(1) : -1 }
    }
    let all = (0..<parts).flatMap { _ in entries }
    signs = SubspaceCentroids(all.span, subspaces: parts, subdimension: 4)
    zeros = [UInt8](repeating: 0, count: (dimension + 7) / 8 + 8)
    query = RaBitQQuery(dimension: dimension, extraBits: extraBits, queryBits: 0)
    query.floor = isL2 ? 0 : -.infinity
    let pairs = (parts + 1) / 2
    table = Array(repeating: 0, count: pairs * 32)
    units = Array(repeating: 0, count: pairs * 32)
    best = Array(repeating: 0, count: parts)
  }

  /// Takes a query relative to the origin of the codes.
  ///
  /// - Parameters:
  ///   - distance: Squared distance between query and origin.
  ///   - product: Inner product of query and origin; counts for similarities with extra bits.
  ///   - norm: Squared length of the query; counts for similarities.
  ///   - relative: `dimension` floats; each is asked for once.
  package func set(
    distance: Float, product: Float, norm: Float, kernels: KernelSet, _ relative: (Int) -> Float
  ) {
    query.set(relative)
    query.base = isL2 ? distance : product
    factors.base = isL2 ? distance : distance - norm
    factors.factor = isL2 ? 1 : -0.5
    factors.scale = 2 / Float(query.dimension).squareRoot()
    factors.error = extraBits > 0 ? max(0, distance).squareRoot() : 0
    fillTables(kernels)
  }

  private func fillTables(_ kernels: KernelSet) {
    let magnitude = query.values.reduce(0.0) { $0 + Double(abs($1)) }
    var facts: [Float] = [0, 0]
    unsafe query.values.withUnsafeBufferPointer { values in
      unsafe signs.values.withUnsafeBufferPointer { signs in
        unsafe kernels.functions.fastscan.table(
          values.baseAddress, signs.baseAddress, parts, 4, 0, &table, &best, &facts)
      }
    }
    // Sums of units must not exceed 16 bits, nor entries a byte.
    let finest = min(255 / Double(facts[0]), 65_535 / (2 * magnitude))
    let scale = Float(finest.isFinite ? min(finest, 1e30) : 0)
    unsafe table.withUnsafeBufferPointer { table in
      unsafe best.withUnsafeBufferPointer { best in
        unsafe units.withUnsafeMutableBufferPointer { units in
          // Entries lie below the best one: units say how much.
          unsafe kernels.functions.fastscan.quantize(
            table.baseAddress, best.baseAddress, parts, -scale, 255, units.baseAddress)
        }
      }
    }
    // Each entry was rounded down by up to one unit; sums of floats are rounded as well.
    let unit = scale > 0 ? 1 / Double(scale) : 0
    let half = Double(parts) / 2 * unit
    factors.offset = Float(best.reduce(0.0) { $0 + Double($1) } - half)
    factors.step = Float(-unit)
    factors.slack = Float(half * (1 + 0x1p-10) + magnitude * Double(parts + 64) * 0x1p-22)
  }

  /// Numbers of the first codes whose value may be within a threshold, ascending.
  ///
  /// - Parameters:
  ///   - count: Codes.
  ///   - threshold: The worst value that must not be lost; not NaN.
  ///   - rows: At least `count` places.
  /// - Returns: How many were found; what is behind the last is undefined.
  package func rows(
    of codes: borrowing FastScanCodes, count: Int, within threshold: Float, kernels: KernelSet,
    into rows: inout MutableSpan<Int32>
  ) -> Int {
    precondition(count >= 0 && count <= codes.capacity && count <= rows.count)
    precondition(codes.pairs * 32 == units.count && codes.extra >= query.tailSize)
    let room = (count + 31) / 32 * 32
    if sums.count < room { sums = Array(repeating: 0, count: room) }
    return unsafe withFactors { fast in
      unsafe codes.withC { codes in
        unsafe sums.withUnsafeMutableBufferPointer { sums in
          unsafe units.withUnsafeBufferPointer { units in
            unsafe kernels.functions.fastscan.sums(
              codes, units.baseAddress, count, sums.baseAddress)
          }
          return unsafe rows.withUnsafeMutableBufferPointer { rows in
            unsafe kernels.functions.rabitq_fast.within(
              codes, fast, sums.baseAddress, count, threshold, rows.baseAddress)
          }
        }
      }
    }
  }

  /// Values of the first codes.
  ///
  /// - Parameter values: At least `count` places.
  package func values(
    of codes: borrowing FastScanCodes, count: Int, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    let table = table
    kernels.fastScanValues(codes, table: table.span, bias: 0, count: count, into: &values)
    finish(codes, nil, count, kernels, &values)
  }

  /// Values of chosen codes, the same as those of all.
  ///
  /// - Parameter values: At least as many places as rows.
  package func values(
    of codes: borrowing FastScanCodes, rows: Span<Int32>, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    let table = table
    kernels.fastScanValues(codes, table: table.span, bias: 0, rows: rows, into: &values)
    finish(codes, rows, rows.count, kernels, &values)
  }

  /// Rows and values were checked before.
  private func finish(
    _ codes: borrowing FastScanCodes, _ rows: Span<Int32>?, _ count: Int, _ kernels: KernelSet,
    _ values: inout MutableSpan<Float>
  ) {
    precondition(codes.extra >= query.tailSize)
    unsafe withFactors { fast in
      unsafe codes.withC { codes in
        unsafe query.withC { query in
          unsafe values.withUnsafeMutableBufferPointer { values in
            unsafe withRows(rows) { rows in
              unsafe kernels.functions.rabitq_fast.finish(
                codes, fast, query, rows, count, values.baseAddress)
            }
          }
        }
      }
    }
  }

  /// Calls `body` with the factors as C takes them.
  private func withFactors<R>(_ body: (UnsafePointer<vcl_rabitq_fast>) -> R) -> R {
    unsafe zeros.withUnsafeBytes { zeros in
      var fast = unsafe vcl_rabitq_fast(
        base: factors.base, scale: factors.scale, factor: factors.factor, error: factors.error,
        offset: factors.offset, step: factors.step, slack: factors.slack,
        zeros: zeros.baseAddress)
      return unsafe body(&fast)
    }
  }
}
