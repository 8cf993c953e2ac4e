public import VicinalCoding
import VicinalCompute
public import VicinalCore

/// Cells that are sums of entries of a residual quantizer: 2^Σbits cells from few numbers, found by
/// beam search.
///
/// Cell number: the numbers of the entries as a bit string, first codebook lowest, as in faiss. It
/// can only be a coarse quantizer: it holds no vectors of its own.
///
/// The corresponding faiss type is `ResidualCoarseQuantizer`.
public struct ResidualCoarseQuantizer: CellTraining, CellVectors, Reconstructible {
  /// The codebooks.
  public internal(set) var quantizer: AdditiveQuantizer

  /// Only L2.
  public let metric: Metric

  /// Choices followed per cell that is asked for; negative for all there are. faiss: `beam_factor`.
  public var beamFactor: Float = 4

  /// The widest beam.
  private static let widestBeam = 1 << 20

  /// Cells that can be counted.
  static let mostBits = 30

  /// Cells from a residual quantizer, trained or not.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if it is no residual quantizer without parts, or
  ///   has more than 30 bits; ``IndexError/Code/unsupported`` for another metric.
  public init(_ quantizer: AdditiveQuantizer, metric: Metric = .l2) throws(IndexError) {
    guard metric == .l2 else {
      throw IndexError(.unsupported, "sums of entries are found as cells by L2, not by \(metric)")
    }
    guard case .residual = quantizer.method, !quantizer.isProduct,
      quantizer.bits.reduce(0, +) <= Self.mostBits
    else {
      throw IndexError(
        .invalidArgument,
        "cells are sums of a residual quantizer without parts, of at most \(Self.mostBits) bits")
    }
    self.quantizer = quantizer
    self.metric = metric
  }

  /// Floats per vector.
  public var dimension: Int { quantizer.dimension }

  /// Cells; 0 before training.
  public var count: Int { isTrained ? 1 << quantizer.bits.reduce(0, +) : 0 }

  /// Whether there are codebooks.
  public var isTrained: Bool { quantizer.isTrained }

  /// Bytes of the codebooks.
  public var byteCount: Int { quantizer.byteCount }

  /// Learns the codebooks.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try quantizer.train(on: sample, execution: execution)
  }

  /// Refused: cells come from training alone.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    throw IndexError(
      .unsupported, "a residual coarse quantizer finds cells; it holds no vectors of its own")
  }

  /// The centroid of a cell.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "cells are 0 ..< \(count), there is no cell \(id)")
    }
    var rest = Int(id)
    let numbers = quantizer.bits.map { width in
      defer { rest >>= width }
      return rest & (1 << width - 1)
    }
    return quantizer.sum(ofNumbers: numbers)
  }

  /// Finds the `k` nearest cells of each query, as far as the beam reaches.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if that is more than 2²⁰ choices.
  /// - Complexity: O(k · ``beamFactor`` · entries · dimension) per query.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    try options.requireNoKnobs(of: "a residual coarse quantizer")
    guard options.filter == nil else {
      throw IndexError(.unsupported, "the cells of a coarse quantizer cannot be filtered")
    }
    let kernels = try KernelSet(options.execution.kernels)
    let wanted = max(1, min(k, count))
    // NaN follows as many choices as there are cells, like a negative factor.
    let reach = beamFactor >= 0 ? Double(wanted) * Double(beamFactor) : .infinity
    let beam = reach >= Double(count) ? count : max(wanted, Int(reach))
    guard beam <= Self.widestBeam else {
      throw IndexError(
        .unsupported,
        "a beam of \(beam) choices is too wide, \(Self.widestBeam) are followed at most; ask for fewer"
          + " cells or lower beamFactor (\(beamFactor))")
    }
    let parts = evenRanges(queries.count, parts: options.execution.workerCount * 4)
    let rows = try parallelMap(parts.count, workers: options.execution.workerCount) {
      part throws(IndexError) in
      try options.execution.checkCancellation()
      var found = Neighbors(empty: parts[part].count, k: k, metric: metric)
      let sums = try quantizer.nearestSums(
        of: queries.rows(parts[part]), count: beam, kernels: kernels)
      for (row, nearest) in sums.enumerated() {
        for (place, sum) in nearest.prefix(wanted).enumerated() {
          found.distances[row * k + place] = sum.distance
          found.ids[row * k + place] = Int64(cell(sum.numbers))
        }
      }
      return found
    }
    var merged = Neighbors(empty: 0, k: k, metric: metric)
    for row in rows { merged.append(row) }
    return merged
  }

  private func cell(_ numbers: [Int]) -> Int {
    var (cell, shift) = (0, 0)
    for (number, width) in zip(numbers, quantizer.bits) {
      cell |= number << shift
      shift += width
    }
    return cell
  }
}
