import VicinalCompute
public import VicinalCore

extension OPQ {
  /// Finds the rotation.
  ///
  /// Each round quantizes the rotated vectors, a few rounds of k-means from the last centroids on,
  /// and rotates towards what was quantized (an orthogonal Procrustes problem). Every step lowers
  /// the error.
  ///
  /// - Throws: ``IndexError/Code/insufficientData`` with fewer vectors than 2^bits,
  ///   ``IndexError/Code/notFinite``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  /// - Complexity: O(rounds · n · d · (2^bits · rounds of k-means + d)) + O(rounds · d³).
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireSample(sample)
    let size = 1 << options.bits
    guard sample.count >= size else {
      throw IndexError(
        .insufficientData,
        "OPQ for \(options.bits) bits per part needs at least \(size) vectors to train on, got"
          + " \(sample.count)")
    }
    // The search for a start is part of it.
    execution.progress?(WorkProgress(step: "OPQ", done: 0, total: options.iterations))
    let kernels = try KernelSet(execution.kernels)
    let rows = try TrainingRows(sample, atMost: options.maxPoints, seed: options.seed)
    let mean = try rows.mean(execution)
    let centred = rows.centred(0..<rows.count, mean: mean, kernels: kernels)
    let points = try VectorBatch(centred.span, dimension: inputDimension)
    let search = OPQSearch(
      options: options, subspaces: subspaces, from: inputDimension, to: outputDimension,
      kernels: kernels, execution: execution)
    let start = try search.start(rows, mean)
    let found = try search.improved(start, points, quantizerIterations: options.quantizerIterations)
    errors = found.errors
    linear = LinearTransform(
      trusted: found.rotation.floats, from: inputDimension, to: outputDimension)
  }
}
