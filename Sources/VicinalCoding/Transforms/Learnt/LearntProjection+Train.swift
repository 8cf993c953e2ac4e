import VicinalCompute
public import VicinalCore

extension LearntProjection {
  /// Trains the network and keeps its projection.
  ///
  /// Cells are found by k-means in mini-batches first. Two progress steps at most: "k-means", then
  /// "autoencoder" or "cell classifier" with the loss.
  ///
  /// - Throws: ``IndexError/Code/insufficientData`` with fewer vectors than output dimensions or cells,
  ///   ``IndexError/Code/notFinite``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``; the transform is then as before.
  /// - Complexity: O(steps · batch · (input + hidden or cells) · output).
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireSample(sample)
    var least = outputDimension
    if case .cells(let count) = task { least = max(least, count) }
    guard sample.count >= least else {
      throw IndexError(
        .insufficientData,
        "this projection needs at least \(least) vectors to train on, got \(sample.count)")
    }
    let rows = try TrainingRows(sample, atMost: max(options.maxPoints, least), seed: options.seed)
    let labels = try cellLabels(rows, execution)
    var losses: [Double] = []
    let scaling = Scaling(of: rows, dimension: inputDimension)
    let encoder = try learn(rows, labels, scaling, &losses, execution)
    linear = try projection(encoder, scaling)
    self.losses = losses
  }

  /// The cell of each row, if those are learnt.
  private func cellLabels(
    _ rows: borrowing TrainingRows, _ execution: Execution
  ) throws(IndexError) -> [Int32] {
    guard case .cells(let count) = task else { return [] }
    var settings = MiniBatchOptions()
    settings.seed = options.seed
    settings.finalPasses = 0
    var clusters = try MiniBatchKMeans(
      k: count, dimension: inputDimension, metric: .l2, options: settings)
    let values = copied(0..<rows.count, of: rows)
    let points = try VectorBatch(values.span, dimension: inputDimension)
    try clusters.train(on: points, execution: execution)
    return try clusters.assign(points, execution: execution).labels.map { Int32(clamping: $0) }
  }

  private func copied(_ chosen: Range<Int>, of rows: borrowing TrainingRows) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(chosen.count * inputDimension)
    for number in chosen {
      let row = rows.sample.row(Int(rows.rows[number]))
      for column in row.indices { values.append(row[column]) }
    }
    return values
  }

  /// Goes through the rows again and again, in random order.
  private func learn(
    _ rows: borrowing TrainingRows, _ labels: [Int32], _ scaling: Scaling,
    _ losses: inout [Double], _ execution: Execution
  ) throws(IndexError) -> DenseLayer {
    var generator = SplitMix64(seed: options.seed &+ 2)
    var network = makeNetwork(&generator)
    let size = min(options.batchSize, rows.count)
    let perEpoch = rows.count / size
    let total = min(
      options.maxSteps, max(options.leastSteps, saturatingProduct(perEpoch, options.epochs)))
    var order = Array(0..<rows.count)
    var (batch, marks): ([Float], [Int32]) = ([], [])
    var sum = 0.0
    for step in 0..<total {
      try execution.checkCancellation()
      let place = step % perEpoch
      if place == 0 { order.shuffle(using: &generator) }
      batch.removeAll(keepingCapacity: true)
      marks.removeAll(keepingCapacity: true)
      for number in order[place * size..<(place + 1) * size] {
        let row = rows.sample.row(Int(rows.rows[number]))
        for column in row.indices { batch.append(scaling.scaled(row[column], column)) }
        if !labels.isEmpty { marks.append(labels[number]) }
      }
      let rate = options.learningRate * (1 - Float(step) / Float(total))
      sum += try self.step(
        &network, &batch, marks, AdamStep(rate: rate, number: step), &generator, execution)
      if place + 1 == perEpoch || step + 1 == total {
        let loss = sum / Double(place + 1)
        losses.append(labels.isEmpty ? scaling.undone(loss) : loss)
        sum = 0
      }
      execution.progress?(
        WorkProgress(
          step: labels.isEmpty ? "autoencoder" : "cell classifier", done: step + 1, total: total,
          note: losses.last.map { "loss \($0)" }))
      if execution.shouldEndTraining?() == true { break }
    }
    return network.encoder
  }

  private func makeNetwork(_ generator: inout SplitMix64) -> ProjectionNetwork {
    switch task {
    case .cells(let count):
      ProjectionNetwork(
        from: inputDimension, to: outputDimension, widths: [count], isRectified: true,
        using: &generator)
    case .reconstruction(let hidden):
      ProjectionNetwork(
        from: inputDimension, to: outputDimension,
        widths: hidden == 0 ? [inputDimension] : [hidden ?? inputDimension, inputDimension],
        isRectified: false, using: &generator)
    }
  }

  private func step(
    _ network: inout ProjectionNetwork, _ batch: inout [Float], _ marks: [Int32], _ step: AdamStep,
    _ generator: inout SplitMix64, _ execution: Execution
  ) throws(IndexError) -> Double {
    let count = batch.count / inputDimension
    let workers = execution.workerCount
    guard case .cells(let cells) = task else {
      let rows = batch
      return try network.learn(rows, count: count, step: step, workers: workers) {
        squaredError(&$0, of: rows, count: count)
      }
    }
    drop(&batch, &generator)
    return try network.learn(batch, count: count, step: step, workers: workers) {
      crossEntropy(&$0, labels: marks[...], cells: cells, smoothing: options.labelSmoothing)
    }
  }

  /// Leaves inputs out at random, and makes up for it with the others.
  private func drop(_ batch: inout [Float], _ generator: inout SplitMix64) {
    guard options.dropout > 0 else { return }
    let scale = 1 / (1 - options.dropout)
    let limit = UInt64(Double(options.dropout) * Double(UInt32.max))
    for place in batch.indices {
      batch[place] = generator.next() >> 32 < limit ? 0 : batch[place] * scale
    }
  }

  /// The projection of the network, or the orthogonal one onto its subspace.
  private func projection(
    _ encoder: DenseLayer, _ scaling: Scaling
  ) throws(IndexError) -> LinearTransform {
    guard encoder.weights.allSatisfy(\.isFinite) else {
      throw IndexError(
        .notFinite, "training the projection led to numbers that are none; lower the learning rate")
    }
    guard options.isOrthonormal else {
      let (weights, bias) = scaling.undone(encoder.weights, encoder.hasBias ? encoder.bias : nil)
      return LinearTransform(
        trusted: weights, bias: bias, from: inputDimension, to: outputDimension)
    }
    let rows = try Matrix(
      encoder.weights.map(Double.init), rows: outputDimension, columns: inputDimension)
    return LinearTransform(
      trusted: try rows.orthonormalRows().floats, from: inputDimension, to: outputDimension)
  }
}
