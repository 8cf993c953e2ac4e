import VicinalCompute
public import VicinalCore

extension MiniBatchKMeans {
  /// Learns from vectors that are all there: in batches in random order, several times over, then by
  /// rounds of full k-means; see ``MiniBatchOptions/passes`` and ``MiniBatchOptions/finalPasses``.
  ///
  /// - Parameters:
  ///   - points: At least `k` finite vectors.
  ///   - initialCentroids: At most `k` starting centroids, row-major; the others are drawn. None if
  ///     there are clusters already.
  ///   - execution: Threads, progress (step "k-means", in batches), cancellation, early end.
  /// - Throws: ``IndexError/Code/insufficientData``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/invalidArgument``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/cancelled``; the clusters are then as before.
  /// - Complexity: O((passes + final passes) · points · k · dimension).
  public mutating func train(
    on points: borrowing VectorBatch, initialCentroids: [Float] = [],
    execution: Execution = Execution()
  ) throws(IndexError) {
    try require(points, of: "vectors to cluster")
    guard points.count >= k else {
      throw IndexError(
        .insufficientData,
        "k-means needs at least as many vectors as clusters: \(points.count) vectors for \(k)"
          + " clusters; give more vectors or ask for fewer clusters")
    }
    try require(initialCentroids)
    var learnt = self
    try learnt.learn(points, initialCentroids, execution)
    self = learnt
  }

  /// Requires whole, finite rows, no more than clusters, and none that would be ignored.
  private func require(_ initial: [Float]) throws(IndexError) {
    guard initial.isEmpty || !isTrained else {
      throw IndexError(
        .invalidArgument, "clusters that are there already take no centroids to begin with")
    }
    guard initial.count.isMultiple(of: dimension), initial.count / dimension <= k else {
      throw IndexError(
        .invalidArgument,
        "centroids to begin with are at most \(k) rows of \(dimension) floats, not \(initial.count) floats"
      )
    }
    guard initial.allSatisfy(\.isFinite) else {
      throw IndexError(.notFinite, "centroids to begin with must be finite")
    }
  }

  private mutating func learn(
    _ points: borrowing VectorBatch, _ initial: [Float], _ execution: Execution
  ) throws(IndexError) {
    let rest = k - min(k, initial.count / dimension)
    if !isTrained {
      start(at: initial + (try startingRows(of: points, count: rest, execution)))
    }
    let rows = min(batchSize, points.count)
    let steps = points.count / rows
    let total = max(
      1, min(options.maxSteps ?? .max, saturatingProduct(steps, options.passes)))
    let end = saturatingSum(total, options.finalPasses)
    leastRows = min(
      steps * rows, saturatingSum(rowsSeen, saturatingProduct(k, Self.leastRowsPerCluster)))
    var order = Array(0..<points.count)
    var batch: [Float] = []
    batch.reserveCapacity(rows * dimension)
    for step in 0..<total {
      if step.isMultiple(of: steps) { order.shuffle(using: &generator) }
      batch.removeAll(keepingCapacity: true)
      let first = step % steps * rows
      for row in order[first..<first + rows] {
        let values = points.row(row)
        for column in values.indices { batch.append(values[column]) }
      }
      try self.step(VectorBatch(batch.span, dimension: dimension), execution)
      execution.progress?(WorkProgress(step: "k-means", done: step + 1, total: end))
      if isConverged || execution.shouldEndTraining?() == true { break }
    }
    for pass in 0..<options.finalPasses {
      if execution.shouldEndTraining?() == true { break }
      try refine(execution: execution) { show throws(IndexError) in try show(points) }
      execution.progress?(
        WorkProgress(step: "k-means", done: saturatingSum(total, pass + 1), total: end))
    }
  }

  /// Rows to begin with: `count` of them, drawn as the options say.
  func startingRows(
    of points: borrowing VectorBatch, count: Int, _ execution: Execution
  ) throws(IndexError) -> [Float] {
    guard count > 0 else { return [] }
    var generator = SplitMix64(seed: options.seed &+ 1)
    switch options.start {
    case .sample:
      return copied(
        sampleWithoutReplacement(count, of: points.count, using: &generator), of: points)
    case .plusPlus:
      let few = sampleWithoutReplacement(startRows, of: points.count, using: &generator)
      let rows = copied(few, of: points)
      return try spreadRows(
        of: VectorBatch(rows.span, dimension: dimension), count: count,
        kernels: KernelSet(execution.kernels), using: &generator, execution)
    }
  }

  private func copied(_ rows: [Int], of points: borrowing VectorBatch) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(rows.count * dimension)
    for row in rows {
      let vector = points.row(row)
      for column in vector.indices { values.append(vector[column]) }
    }
    return values
  }

  /// One round of full k-means over vectors that can be gone through again.
  ///
  /// ```swift
  /// try clusters.refine { show throws(IndexError) in
  ///   try embeddings.forEachBatch(rows: 4096) { batch, _ throws(IndexError) in try show(batch) }
  /// }
  /// ```
  ///
  /// - Parameter pass: Shows all vectors, in batches of any size.
  /// - Returns: The mean distance (similarity) of the vectors to the centroids before the round.
  /// - Throws: ``IndexError/Code/notTrained``, and as ``update(_:execution:)``; the clusters are then
  ///   as before.
  @discardableResult
  public mutating func refine(
    execution: Execution = Execution(),
    _ pass: ((borrowing VectorBatch) throws(IndexError) -> Void) throws(IndexError) -> Void
  ) throws(IndexError) -> Double {
    var round = try MiniBatchRound(self, execution)
    try pass { batch throws(IndexError) in try round.add(batch) }
    return end(round)
  }

  /// Moves the centroids to the means of a round.
  mutating func end(_ round: borrowing MiniBatchRound) -> Double {
    guard round.count > 0 else { return 0 }
    var state = ClusterState(
      centroids: round.means(centroids), k: k, dimension: dimension, frozen: 0,
      isSpherical: isSpherical, kernels: round.kernels)
    repairs += state.splitEmpty(
      round.sizes.map { Int($0) }, pointCount: round.count, &generator)
    state.normaliseIfSpherical()
    centroids = state.centroids
    errors = round.errors
    // Batches to come weigh as much as one of these vectors for each that they bring.
    masses = round.sizes.map { max(1, Double($0)) }
    for cluster in 0..<k {
      for place in cluster * dimension..<(cluster + 1) * dimension {
        sums[place] = Double(centroids[place]) * masses[cluster]
      }
    }
    return round.objective / Double(round.count)
  }
}
