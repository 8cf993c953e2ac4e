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
    let kernels = try KernelSet(execution.kernels)
    let rows = try TrainingRows(sample, atMost: options.maxPoints, seed: options.seed)
    let mean = try rows.mean(execution)
    let centred = rows.centred(0..<rows.count, mean: mean, kernels: kernels)
    let points = try VectorBatch(centred.span, dimension: inputDimension)
    var rotation = try start(rows, mean, kernels, execution)
    var parts = PartClusters(
      parts: subspaces, width: outputDimension / subspaces, size: size, kernels: kernels)
    var found: [Double] = []
    for round in 0..<options.iterations {
      let floats = rotation.floats
      let turned = try PackedMatrix(floats.span, rows: outputDimension, columns: inputDimension)
        .times(points, bias: [], kernels: kernels, execution: execution)
      let batch = try VectorBatch(turned.span, dimension: outputDimension)
      if round == 0 { parts.begin(batch, seed: options.seed) }
      for _ in 0..<(round == 0 ? options.firstQuantizerIterations : options.quantizerIterations) {
        try parts.refine(batch, execution)
      }
      found.append(parts.error(batch) / Double(batch.count))
      let decoded = parts.decoded
      var products = try CrossProducts(dimension: inputDimension, columns: outputDimension)
      try products.add(
        points, VectorBatch(decoded.span, dimension: outputDimension), kernels: kernels,
        execution: execution)
      rotation = try Self.rotation(towards: products.sums, execution)
      execution.progress?(
        WorkProgress(
          step: "OPQ", done: round + 1, total: options.iterations,
          note: "mean squared error \(found[round])"))
      if round > 0, found[round - 1] - found[round] < options.tolerance * found[round] { break }
    }
    errors = found
    linear = LinearTransform(
      trusted: rotation.floats, from: inputDimension, to: outputDimension)
  }

  /// The rotation R (rows: outputs) that makes R·x nearest to y, given Σ x·yᵀ.
  private static func rotation(
    towards products: Matrix<Double>, _ execution: Execution
  ) throws(IndexError) -> Matrix<Double> {
    let workers = execution.workerCount
    if products.rows >= products.columns {
      return try products.nearestOrthogonal(workers: workers).transposed
    }
    return try products.transposed.nearestOrthogonal(workers: workers)
  }

  /// Vectors and rounds of k-means that starts are compared with.
  private static let (trialPoints, trialRounds) = (16_384, 8)

  /// Where the search begins.
  private func start(
    _ rows: borrowing TrainingRows, _ mean: [Float], _ kernels: KernelSet, _ execution: Execution
  ) throws(IndexError) -> Matrix<Double> {
    guard options.start == .best, rows.count >= inputDimension, outputDimension <= inputDimension
    else {
      return try randomRotation(outputDimension, inputDimension, seed: options.seed)
    }
    let (values, vectors) = try rows.scatter(around: mean, kernels: kernels, execution: execution)
      .symmetricEigen()
    var parametric = vectors.prefix(outputDimension)
    for (place, row) in Self.allocation(values.prefix(outputDimension), subspaces).enumerated() {
      for column in 0..<inputDimension { parametric[place, column] = vectors[row, column] }
    }
    guard outputDimension == inputDimension else { return parametric }
    var plain = try Matrix<Double>(zeros: outputDimension, inputDimension)
    for place in 0..<inputDimension { plain[place, place] = 1 }
    let few = rows.centred(
      0..<min(rows.count, max(Self.trialPoints, 1 << options.bits)), mean: mean, kernels: kernels)
    let points = try VectorBatch(few.span, dimension: inputDimension)
    let losses = (
      try loss(of: plain, points, kernels, execution),
      try loss(of: parametric, points, kernels, execution)
    )
    return losses.0 < losses.1 ? plain : parametric
  }

  /// The error of a quick quantizer behind a rotation.
  private func loss(
    of rotation: Matrix<Double>, _ points: borrowing VectorBatch, _ kernels: KernelSet,
    _ execution: Execution
  ) throws(IndexError) -> Double {
    let floats = rotation.floats
    let turned = try PackedMatrix(floats.span, rows: outputDimension, columns: inputDimension)
      .times(points, bias: [], kernels: kernels, execution: execution)
    let batch = try VectorBatch(turned.span, dimension: outputDimension)
    var parts = PartClusters(
      parts: subspaces, width: outputDimension / subspaces, size: 1 << options.bits,
      kernels: kernels)
    parts.begin(batch, seed: options.seed)
    for _ in 0..<Self.trialRounds { try parts.refine(batch, execution) }
    return parts.error(batch)
  }

  /// The paper's eigenvalue allocation: components, largest first, go to the part with the smallest
  /// product of eigenvalues that is not full.
  static func allocation(_ values: ArraySlice<Double>, _ parts: Int) -> [Int] {
    let floor = 1e-10 * max(values.first ?? 0, .leastNormalMagnitude)
    // Scaled so that all logarithms are positive: an empty part is then smallest.
    return PCA.groups(values.map { logarithm(max($0, floor) / floor) }[...], parts)
  }
}
