import VicinalCompute
public import VicinalCore

extension ProductQuantizer {
  /// Clusters each part of a sample by k-means; see ``clustering`` and ``polysemous``.
  ///
  /// - Parameters:
  ///   - sample: At least 2^bits finite vectors; of more than `clustering.maxPointsPerCentroid`
  ///     per centroid a random sample is taken.
  ///   - execution: Progress has the step "train", one unit per part.
  /// - Throws: ``IndexError/Code/insufficientData``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``.
  /// - Complexity: O(iterations · points · dimension · 2^bits).
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    var trained = self
    try trained.train(on: sample, initialCentroids: [], execution: execution)
    // It only numbers codes so that Hamming distances say something: the first to leave out.
    let isLate = execution.shouldEndTraining?() == true
    if let polysemous, !isLate { _ = try trained.trainPolysemous(polysemous, execution: execution) }
    self = trained
  }

  /// Clusters each part of a sample, from given centroids on (a hot start: with few iterations
  /// this follows data that changes a little, as in the training of OPQ).
  ///
  /// - Parameters:
  ///   - initialCentroids: All centroids, in the order of this type, or none.
  ///   - iterations: Rounds of k-means, or `nil` for what ``clustering`` says.
  public mutating func train(
    on sample: borrowing VectorBatch, initialCentroids: [Float], iterations: Int? = nil,
    execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "vectors to train on")
    guard initialCentroids.isEmpty || initialCentroids.count == dimension * centroidCount else {
      throw IndexError(
        .invalidArgument,
        "initial centroids must be \(dimension * centroidCount) floats, got"
          + " \(initialCentroids.count)")
    }
    guard sample.count >= centroidCount else {
      throw IndexError(
        .insufficientData,
        "a product quantizer of \(bits) bits per part has \(centroidCount) centroids per part and"
          + " needs at least as many vectors to train on, got \(sample.count); give more vectors or"
          + " use fewer bits")
    }
    try sample.requireFinite(of: "vectors to train on")
    var options = clustering
    if let iterations { options.iterations = iterations }
    let rows = chosenRows(of: sample.count, options)
    let (found, warnings) = try clusterParts(sample, rows, options, initialCentroids, execution)
    try setCentroids(found)
    self.warnings = warnings
  }

  /// The rows that every part is clustered on; all of them if `nil`.
  private func chosenRows(of count: Int, _ options: KMeansOptions) -> [Int]? {
    let most = centroidCount.multipliedReportingOverflow(by: options.maxPointsPerCentroid)
    guard !most.overflow, most.partialValue > 0, count > most.partialValue else { return nil }
    var generator = SplitMix64(seed: options.seed)
    return sampleWithoutReplacement(most.partialValue, of: count, using: &generator)
  }

  private func clusterParts(
    _ sample: borrowing VectorBatch, _ rows: [Int]?, _ options: KMeansOptions, _ initial: [Float],
    _ execution: Execution
  ) throws(IndexError) -> (centroids: [Float], warnings: [String]) {
    // Whole parts on all workers first; if there are more workers than parts, they share one.
    let workers = execution.workerCount
    var inner = Execution(
      workers: max(1, workers / subspaces), kernels: execution.kernels,
      isCancelled: execution.isCancelled)
    inner.shouldEndTraining = execution.shouldEndTraining
    if subspaces == 1 { inner.workers = workers }
    let width = subdimension
    let size = centroidCount * width
    let report = ProgressCount(step: "train", total: subspaces, execution: execution)
    let results = try parallelMap(subspaces, workers: workers) { subspace throws(IndexError) in
      let points = column(subspace, of: sample, rows)
      let start = initial.isEmpty ? [] : Array(initial[subspace * size..<(subspace + 1) * size])
      let found = try KMeans.cluster(
        VectorBatch(points.span, dimension: width), k: centroidCount, options: options,
        initialCentroids: start, execution: inner)
      report.finish()
      return found
    }
    var warnings: [String] = []
    for warning in results.flatMap(\.warnings) where !warnings.contains(warning) {
      warnings.append(warning)
    }
    return (results.flatMap(\.centroids), warnings)
  }

  /// One part of the rows, on its own.
  private func column(
    _ subspace: Int, of sample: borrowing VectorBatch, _ rows: [Int]?
  ) -> [Float] {
    let width = subdimension
    let count = rows?.count ?? sample.count
    var points: [Float] = []
    points.reserveCapacity(count * width)
    for index in 0..<count {
      let row = sample.row(rows?[index] ?? index)
      for column in subspace * width..<(subspace + 1) * width { points.append(row[column]) }
    }
    return points
  }
}
