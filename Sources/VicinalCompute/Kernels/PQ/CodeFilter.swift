import CVicinalKernels
import VicinalCore

/// Rules out codes whose sums cannot be within a threshold, without computing them.
///
/// Tables are rounded down to bytes, scaled so that a sum within reach fits 8 bits, or with many
/// fields 16; their sums are lower bounds. Codes that pass are compared exactly, so that results do not change. It pays
/// where byte tables are looked up in registers: with AVX-512.
package struct CodeFilter: Sendable {
  private let sums: CodeSums
  private let isSimilarity: Bool
  private let kernels: KernelSet
  /// The best entry of each table.
  private var best: [Float]
  private var rounded: [UInt8]
  private let scale: Scale
  /// Bytes per unit of a value.
  private var factor: Float = 0
  /// Sum of the best entries, and of their magnitudes, once they are known.
  private var bestSums: (value: Double, magnitude: Double)?

  /// `nil` if it would not pay, or not for these codes.
  package init?(_ sums: CodeSums, isSimilarity: Bool, kernels: KernelSet) {
    guard unsafe kernels.functions.pq.filter != nil, sums.isFolded || sums.bits == 8 else {
      return nil
    }
    self.sums = sums
    self.isSimilarity = isSimilarity
    self.kernels = kernels
    best = [Float](filling: sums.scanTableCount / 256, with: 0)
    rounded = [UInt8](repeating: 0, count: sums.scanTableCount)
    scale = Scale(fields: best.count)
  }

  /// What the reach of a threshold is in units of rounded entries.
  private struct Scale {
    /// When tables are rounded.
    let wanted: Double
    /// Tables are rounded anew when it is less than this by now; later where they serve many lists.
    let (least, leastWithTerms): (Double, Double)
    let most: Double
    let largestEntry: Int32

    /// Rounding down loses half a unit per field.
    init(fields: Int) {
      if (Int(VCL_PQ_WIDE_FIELDS)...Int(VCL_PQ_MOST_WIDE_FIELDS)).contains(fields) {
        let fields = Double(fields)
        (wanted, least, leastWithTerms, most) = (24 * fields, 12 * fields, 8 * fields, 40 * fields)
        largestEntry = Int32(VCL_PQ_WIDE_ENTRY)
      } else {
        (wanted, least, leastWithTerms, most) = (250, 180, 100, 253)
        largestEntry = 255
      }
    }
  }

  /// Forgets the tables; call it whenever they change.
  package mutating func reset() {
    bestSums = nil
    factor = 0
  }

  /// Finds the codes that may be within a threshold: all that are, and a few more.
  ///
  /// - Parameters:
  ///   - tables: As for ``CodeSums/scan(_:tables:bias:count:kernels:into:)``.
  ///   - terms: What is added to the sum of each code beside the bias, for distances; empty where
  ///     that is nothing.
  ///   - threshold: Worse sums, bias and term included, are not looked for.
  ///   - rows: At least `count` places; receives numbers of codes, ascending.
  /// - Returns: How many were found; `nil` if nothing can be told from this threshold.
  package mutating func findCandidates(
    _ codes: RawSpan, count: Int, tables: Span<Float>, bias: Float, terms: Span<Float> = .init(),
    within threshold: Float, rows: inout MutableSpan<Int32>
  ) -> Int? {
    precondition(count >= 0 && rows.count >= count && codes.byteCount / sums.codeSize >= count)
    precondition(terms.isEmpty || (terms.count >= count && !isSimilarity))
    // The largest number stands for a threshold that is not known yet.
    guard count > 0, abs(threshold) < .greatestFiniteMagnitude else { return nil }
    let known = bestSums ?? sumBest(tables)
    bestSums = known
    let range = terms.isEmpty ? (least: 0, magnitude: 0) : kernels.range(terms, count: count)
    // What a sum may lose against the best one, with room for rounding in float sums.
    let magnitude =
      known.magnitude + abs(Double(bias)) + abs(Double(threshold)) + Double(range.magnitude)
    let difference = Double(threshold) - Double(bias) - known.value
    let distance = isSimilarity ? -difference : difference
    let slack = Double(best.count + 5) * 2.4e-7 * (magnitude + abs(distance))
    let room = distance + slack
    let reach = room - Double(range.least)
    guard reach.isFinite, reach != 0 else { return nil }
    if reach < 0 { return 0 }
    let limit = reach * Double(factor)
    // Terms differ from list to list: rounding anew for each would cost more than it spares.
    if !(limit >= (terms.isEmpty ? scale.least : scale.leastWithTerms) && limit <= scale.most) {
      // Too coarse by now, or not rounded yet.
      factor = Float(scale.wanted / reach)
      guard factor.isNormal else {
        factor = 0
        return nil
      }
      round(tables)
    }
    return find(codes, count, terms, room: Float(room), &rows)
  }

  private mutating func sumBest(_ tables: Span<Float>) -> (value: Double, magnitude: Double) {
    precondition(tables.count >= sums.scanTableCount)
    let (largest, count) = (isSimilarity, best.count)
    unsafe tables.withUnsafeBufferPointer { tables in
      unsafe best.withUnsafeMutableBufferPointer { best in
        unsafe kernels.functions.pq.best_entries(
          tables.baseAddress, count, largest ? 1 : 0, best.baseAddress)
      }
    }
    return best.reduce(into: (0, 0)) {
      $0.0 += Double($1)
      $0.1 += abs(Double($1))
    }
  }

  private mutating func round(_ tables: Span<Float>) {
    let (factor, count) = (factor, best.count)
    unsafe tables.withUnsafeBufferPointer { tables in
      unsafe best.withUnsafeBufferPointer { best in
        unsafe rounded.withUnsafeMutableBufferPointer { rounded in
          unsafe kernels.functions.pq.round_down(
            tables.baseAddress, best.baseAddress, count, factor, scale.largestEntry,
            rounded.baseAddress)
        }
      }
    }
  }

  private func find(
    _ codes: RawSpan, _ count: Int, _ terms: Span<Float>, room: Float,
    _ rows: inout MutableSpan<Int32>
  ) -> Int? {
    guard let filter = unsafe kernels.functions.pq.filter else { return nil }
    var layout = vcl_pq_layout(
      fields: best.count, bits: 8, code_size: sums.codeSize, stride: 256)
    return unsafe codes.withUnsafeBytes { codes in
      unsafe terms.withUnsafeBufferPointer { terms in
        unsafe rounded.withUnsafeBufferPointer { rounded in
          unsafe rows.withUnsafeMutableBufferPointer { rows in
            var limits = unsafe vcl_pq_limits(
              terms: terms.isEmpty ? nil : terms.baseAddress, room: room, factor: factor)
            return unsafe filter(
              &layout, rounded.baseAddress, &limits, codes.baseAddress, count, rows.baseAddress)
          }
        }
      }
    }
  }
}

extension KernelSet {
  fileprivate func range(_ terms: Span<Float>, count: Int) -> (least: Float, magnitude: Float) {
    precondition(count >= 1 && terms.count >= count)
    var (least, magnitude): (Float, Float) = (0, 0)
    unsafe terms.withUnsafeBufferPointer { terms in
      unsafe functions.pq.term_range(terms.baseAddress, count, &least, &magnitude)
    }
    return (least, magnitude)
  }

  /// `values[i] += terms[i]`.
  package func add(_ terms: Span<Float>, count: Int, to values: inout MutableSpan<Float>) {
    precondition(count >= 0 && terms.count >= count && values.count >= count)
    unsafe terms.withUnsafeBufferPointer { terms in
      unsafe values.withUnsafeMutableBufferPointer { values in
        unsafe functions.pq.add_terms(terms.baseAddress, nil, count, values.baseAddress)
      }
    }
  }

  /// `values[i] += terms[rows[i]]`.
  package func add(
    _ terms: Span<Float>, rows: Span<Int32>, to values: inout MutableSpan<Float>
  ) {
    precondition(values.count >= rows.count)
    for index in rows.indices { precondition(rows[index] >= 0 && rows[index] < terms.count) }
    unsafe terms.withUnsafeBufferPointer { terms in
      unsafe rows.withUnsafeBufferPointer { rows in
        unsafe values.withUnsafeMutableBufferPointer { values in
          unsafe functions.pq.add_terms(
            terms.baseAddress, rows.baseAddress, rows.count, values.baseAddress)
        }
      }
    }
  }
}
