import VicinalCompute
public import VicinalCore

/// Two indexes of the same vectors: the first finds candidates quickly, the second compares the
/// best of them again, more exactly.
///
/// The second index keeps vectors by number, as floats or as codes. Distances are those of the
/// second index.
///
/// ```swift
/// var index = try IndexSpec(parsing: "IVF1024,PQ16x4fs,RFlat").makeIndex(
///   dimension: 128, metric: .l2)
/// ```
///
/// The corresponding faiss types are `IndexRefine` and `IndexRefineFlat`.
public struct RefinedIndex: VectorIndex {
  /// Finds candidates.
  public internal(set) var base: any VectorIndex

  /// Compares them again: a ``FlatIndex`` or a ``CodedIndex``.
  public internal(set) var refiner: any VectorIndex

  /// How many times `k` candidates are compared again unless search options say otherwise, at
  /// least 1. faiss: `k_factor`.
  public var refineFactor: Float = 1 {
    didSet { refineFactor = Self.usable(refineFactor) ? refineFactor : oldValue }
  }

  /// Whether files name faiss's class `IndexRefinePanorama`.
  package var isPanorama = false

  /// The largest factor that files may state.
  package static let largestFactor: Float = 1000

  static func usable(_ factor: Float) -> Bool { factor >= 1 && factor <= largestFactor }

  /// Puts two indexes together that hold the same vectors, or none.
  ///
  /// - Parameters:
  ///   - base: Numbers its vectors 0 ..< count.
  ///   - refiner: A flat index, of floats or codes, or one behind transforms.
  /// - Throws: ``IndexError/Code/invalidArgument`` if they do not fit together.
  public init(_ base: any VectorIndex, by refiner: any VectorIndex) throws(IndexError) {
    guard refiner.numberedComparison != nil else {
      throw IndexError(
        .invalidArgument,
        "candidates can be compared again by a flat index of floats or codes, not by"
          + " \(type(of: refiner))")
    }
    guard base.dimension == refiner.dimension, base.metric == refiner.metric else {
      throw IndexError(
        .invalidArgument,
        "both indexes need one dimension and one metric; they have \(base.dimension) and"
          + " \(refiner.dimension), \(base.metric) and \(refiner.metric)")
    }
    guard base.count == refiner.count else {
      throw IndexError(
        .invalidArgument,
        "both indexes must hold the same vectors; they hold \(base.count) and \(refiner.count)")
    }
    self.base = base
    self.refiner = refiner
  }

  /// Floats per vector.
  public var dimension: Int { base.dimension }

  /// How vectors are compared.
  public var metric: Metric { base.metric }

  /// Vectors held.
  public var count: Int { refiner.count }

  /// Whether both indexes are trained.
  public var isTrained: Bool { base.isTrained && refiner.isTrained }

  /// Bytes of memory of both.
  public var byteCount: Int { base.byteCount + refiner.byteCount }

  /// Trains both.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let before = (base, refiner)
    do throws(IndexError) {
      try base.train(on: sample, execution: execution)
      try refiner.train(on: sample, execution: execution)
    } catch {
      (base, refiner) = before
      throw error
    }
  }

  /// Adds vectors to both.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    guard isTrained else {
      throw IndexError(
        .notTrained, "both indexes must be trained on a sample before vectors are added")
    }
    // The second first: it can be cut back when the first fails.
    let before = refiner.count
    try refiner.add(vectors, execution: execution)
    do throws(IndexError) {
      try base.add(vectors, execution: execution)
    } catch {
      _ = try withCapability(&refiner, as: (any RemovableIndex).self) {
        index throws(IndexError) in
        try index.remove(.range(Int64(before)..<Int64(index.count)))
      }
      throw error
    }
  }

  /// Finds candidates with the first index and ranks them by the second.
  ///
  /// - Parameter options: `refineFactor`, `refineSamples`; everything else goes to the first index.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let factor = options.refineFactor ?? refineFactor
    guard Self.usable(factor) else {
      throw IndexError(
        .invalidArgument,
        "refineFactor (k_factor) must be 1…\(Int(Self.largestFactor)), got \(factor)")
    }
    var inner = options
    inner.refineFactor = nil
    inner.refineSamples = nil
    if let samples = options.refineSamples {
      guard samples >= 0 else {
        throw IndexError(.invalidArgument, "refineSamples must be at least 0, got \(samples)")
      }
      if samples < min(k, count) {
        return try searchCalibrated(queries, k: k, samples: samples, inner)
      }
    }
    let wanted = max(1, min(count, Int((Double(min(k, count)) * Double(factor)).rounded(.up))))
    inner.allowsRoughValues = true
    let candidates = try base.search(queries, k: wanted, options: inner)
    guard let comparison = refiner.numberedComparison else {
      return Neighbors(empty: queries.count, k: k, metric: metric)
    }
    let parts = evenRanges(queries.count, parts: options.execution.workerCount * 4)
    let results = try parallelMap(parts.count, workers: options.execution.workerCount) {
      part throws(IndexError) in
      try options.execution.checkCancellation()
      return try ranked(queries, parts[part], candidates, k: k, by: comparison, options.execution)
    }
    if results.count == 1 { return results[0] }
    var merged = Neighbors(empty: 0, k: k, metric: metric)
    for result in results { merged.append(result) }
    return merged
  }

  private func ranked(
    _ queries: borrowing VectorBatch, _ part: Range<Int>, _ candidates: Neighbors, k: Int,
    by comparison: any NumberedComparison, _ execution: Execution
  ) throws(IndexError) -> Neighbors {
    var found = Neighbors(empty: part.count, k: k, metric: metric)
    let compare = try comparison.comparer(execution: execution)
    let isSorted = comparison.prefersAscendingNumbers
    var best = TopKCollector(
      k: k, isSimilarity: metric.isSimilarity, kernels: try KernelSet(execution.kernels))
    var ids: [Int64] = []
    var values = [Float](repeating: 0, count: candidates.k)
    for (row, query) in part.enumerated() {
      let places = query * candidates.k..<(query + 1) * candidates.k
      try numbers(candidates.ids.span.extracting(places), isSorted: isSorted, &ids)
      var all = values.mutableSpan
      var span = all._mutatingExtracting(0..<ids.count)
      compare(queries.row(query), ids.span, &span)
      for (place, id) in ids.enumerated() { best.offer(values[place], label: id) }
      best.drain(into: &found, query: row)
    }
    return found
  }

  /// Candidates as numbers of the second index, ascending if asked for.
  func numbers(
    _ candidates: Span<Int64>, isSorted: Bool, _ numbers: inout [Int64]
  ) throws(IndexError) {
    numbers.removeAll(keepingCapacity: true)
    let count = count
    for place in 0..<candidates.count where candidates[place] >= 0 {
      guard candidates[place] < count else {
        throw IndexError(
          .corruptFile,
          "the first index names vector \(candidates[place]), the second holds \(count); both must"
            + " number their vectors alike")
      }
      numbers.append(candidates[place])
    }
    if isSorted { numbers.sort() }
  }
}

extension RefinedIndex: Reconstructible {
  /// The vector with an id, as the second index kept it.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard let source = refiner as? any Reconstructible else {
      throw IndexError(.unsupported, "the second index cannot give vectors back")
    }
    return try source.reconstruct(id)
  }

  /// The vectors with some ids, as the second index kept them.
  public func reconstruct(_ ids: Span<Int64>) throws(IndexError) -> [Float] {
    guard let source = refiner as? any Reconstructible else {
      throw IndexError(.unsupported, "the second index cannot give vectors back")
    }
    return try source.reconstruct(ids)
  }
}
