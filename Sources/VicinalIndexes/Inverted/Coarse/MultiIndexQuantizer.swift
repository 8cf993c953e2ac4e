public import VicinalCoding
import VicinalCompute
public import VicinalCore

/// Cells that are products of the cells of parts of the vectors: 2^(M · bits) cells from M · 2^bits
/// centroids, found without looking at all of them.
///
/// Cell number Σ number_m ≪ (m · bits), as in faiss. It can only be a coarse quantizer: it holds
/// no vectors of its own.
///
/// Babenko and Lempitsky, "The Inverted Multi-Index", CVPR 2012. The corresponding faiss type is
/// `MultiIndexQuantizer`; factory string `IMI2x8`.
public struct MultiIndexQuantizer: CellTraining, CellVectors, Reconstructible {
  /// The centroids of the parts.
  public internal(set) var quantizer: ProductQuantizer

  /// Only L2.
  public let metric: Metric

  /// Cells that can be counted.
  static let mostBits = 30

  /// An untrained quantizer.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector.
  ///   - metric: L2.
  ///   - subspaces: Parts, a divisor of the dimension. faiss: `M`.
  ///   - bits: Each part has 2^bits centroids; `subspaces · bits` is at most 30.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` for another
  ///   metric.
  public init(
    dimension: Int, metric: Metric = .l2, subspaces: Int, bits: Int
  ) throws(IndexError) {
    try self.init(
      ProductQuantizer(dimension: dimension, subspaces: subspaces, bits: bits), metric: metric)
  }

  /// Cells from given centroids, for example from a file.
  public init(_ quantizer: ProductQuantizer, metric: Metric = .l2) throws(IndexError) {
    guard metric == .l2 else {
      throw IndexError(.unsupported, "a multi-index finds cells by L2, not by \(metric)")
    }
    guard quantizer.subspaces <= Self.mostBits,
      quantizer.subspaces * quantizer.bits <= Self.mostBits
    else {
      throw IndexError(
        .invalidArgument,
        "a multi-index has at most 2^\(Self.mostBits) cells, not \(quantizer.subspaces) parts of"
          + " \(quantizer.bits) bits")
    }
    self.quantizer = quantizer
    self.metric = metric
  }

  /// Floats per vector.
  public var dimension: Int { quantizer.dimension }

  /// Cells; 0 before training.
  public var count: Int { isTrained ? 1 << (quantizer.subspaces * quantizer.bits) : 0 }

  /// Whether there are centroids.
  public var isTrained: Bool { quantizer.isTrained }

  /// Bytes of the centroids.
  public var byteCount: Int { quantizer.byteCount }

  /// Finds the centroids of each part.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    try quantizer.train(on: sample, execution: execution)
  }

  /// Refused: cells come from training alone.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    throw IndexError(.unsupported, "a multi-index finds cells; it holds no vectors of its own")
  }

  /// The centroid of a cell.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "cells are 0 ..< \(count), there is no cell \(id)")
    }
    var values: [Float] = []
    for part in 0..<quantizer.subspaces {
      values += quantizer.centroid(number(of: part, in: Int(id)), of: part)
    }
    return values
  }

  /// Copies the centroid of a cell.
  public func copyCell(
    _ cell: Int, into target: inout MutableSpan<Float>
  ) throws(IndexError) {
    var place = 0
    for part in 0..<quantizer.subspaces {
      for value in quantizer.centroid(number(of: part, in: cell), of: part) {
        target[place] = value
        place += 1
      }
    }
  }

  /// The mean of all cells, part by part: it would take long to look at each of their products.
  var meanOfCells: [Float]? {
    let width = quantizer.subdimension
    var mean: [Float] = []
    for part in 0..<quantizer.subspaces {
      var sums = [Double](repeating: 0, count: width)
      for number in 0..<quantizer.centroidCount {
        for (column, value) in quantizer.centroid(number, of: part).enumerated() {
          sums[column] += Double(value)
        }
      }
      mean += sums.map { Float($0 / Double(quantizer.centroidCount)) }
    }
    return mean.allSatisfy(\.isFinite) ? mean : nil
  }

  private func number(of part: Int, in cell: Int) -> Int {
    cell >> (part * quantizer.bits) & (quantizer.centroidCount - 1)
  }

  /// Finds the `k` nearest cells of each query, exactly.
  ///
  /// - Complexity: O(2^bits · dimension + 2^bits · log 2^bits + k · M · log k) per query.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    try options.requireNoKnobs(of: "a multi-index")
    guard options.filter == nil else {
      throw IndexError(.unsupported, "the cells of a multi-index cannot be filtered")
    }
    let kernels = try KernelSet(options.execution.kernels)
    let parts = evenRanges(queries.count, parts: options.execution.workerCount * 4)
    let rows = try parallelMap(parts.count, workers: options.execution.workerCount) {
      part throws(IndexError) in
      try options.execution.checkCancellation()
      var found = Neighbors(empty: parts[part].count, k: k, metric: metric)
      for (place, query) in parts[part].enumerated() {
        try nearest(queries.row(query), k: k, kernels, into: &found, row: place)
      }
      return found
    }
    var merged = Neighbors(empty: 0, k: k, metric: metric)
    for row in rows { merged.append(row) }
    return merged
  }

  private func nearest(
    _ query: Span<Float>, k: Int, _ kernels: KernelSet, into found: inout Neighbors, row: Int
  ) throws(IndexError) {
    let width = quantizer.subdimension
    var lists: [[(value: Float, number: Int)]] = []
    for part in 0..<quantizer.subspaces {
      let centroids = quantizer.centroids[
        part * quantizer.centroidCount * width..<(part + 1) * quantizer.centroidCount * width]
      var values = [Float](repeating: 0, count: quantizer.centroidCount)
      var span = values.mutableSpan
      kernels.distances(
        from: query.extracting(part * width..<(part + 1) * width),
        to: Array(centroids).span.rawBytes, metric: .l2, into: &span)
      lists.append(nearestOnly(values, k: k))
    }
    var sums = SmallestSums(lists)
    for place in 0..<min(k, count) {
      guard let (value, numbers) = sums.next() else { break }
      found.distances[row * k + place] = value
      var cell = 0
      for (part, number) in numbers.enumerated() { cell |= number << (part * quantizer.bits) }
      found.ids[row * k + place] = Int64(cell)
    }
  }

  /// No sum of the k smallest takes a centroid beyond the k-th of its part.
  private func nearestOnly(_ values: [Float], k: Int) -> [(value: Float, number: Int)] {
    var pairs = values.enumerated().map { (value: $1, number: $0) }
    pairs.sort { $0.value != $1.value ? $0.value < $1.value : $0.number < $1.number }
    return Array(pairs.prefix(k))
  }
}
