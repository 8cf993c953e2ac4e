import Foundation
import VicinalCompute
public import VicinalCore

extension PCA {
  /// Eigenvalues below this part of the largest are rounding noise: nothing is scaled up by them.
  private static let noise = 1e-12

  /// faiss's seed of the rotation.
  private static let rotationSeed: UInt64 = 5

  /// Finds the directions.
  ///
  /// With fewer vectors than coordinates, through the products of the vectors with each other
  /// instead of the covariance, as in faiss.
  ///
  /// Where faiss divides by an eigenvalue of zero when whitening, that component becomes zero.
  ///
  /// - Throws: ``IndexError/Code/insufficientData`` if there are fewer vectors than output
  ///   coordinates, ``IndexError/Code/notFinite``, ``IndexError/Code/dimensionMismatch``,
  ///   ``IndexError/Code/cancelled``.
  /// - Complexity: O(n · d²) + O(d³) for n vectors of d coordinates, O(n² · d) + O(n³) if n < d.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try train(on: sample, isCentred: true, execution: execution)
  }

  /// The same, with the mean taken for zero if not `isCentred`. faiss: `have_bias`.
  mutating func train(
    on sample: borrowing VectorBatch, isCentred: Bool, execution: Execution
  ) throws(IndexError) {
    try requireSample(sample)
    guard sample.count >= outputDimension else {
      throw IndexError(
        .insufficientData,
        "a PCA to \(outputDimension) dimensions needs as many vectors to train on, got"
          + " \(sample.count)")
    }
    let most = inputDimension.multipliedReportingOverflow(by: options.maxPointsPerDimension)
    let rows = try TrainingRows(
      sample, atMost: most.overflow ? sample.count : most.partialValue, seed: 1234)
    let kernels = try KernelSet(execution.kernels)
    let mean =
      isCentred ? try rows.mean(execution) : [Float](repeating: 0, count: inputDimension)
    execution.progress?(WorkProgress(step: "PCA", done: 0, total: 2))
    let found: (values: [Double], vectors: Matrix<Double>)
    if rows.count >= inputDimension {
      found = try rows.scatter(around: mean, kernels: kernels, execution: execution)
        .symmetricEigen()
    } else {
      let few = rows.centred(0..<rows.count, mean: mean, kernels: kernels)
      found = try Self.directions(
        of: Matrix(few.map(Double.init), rows: rows.count, columns: inputDimension), execution)
    }
    try execution.checkCancellation()
    execution.progress?(WorkProgress(step: "PCA", done: 1, total: 2))
    let applied = try matrix(found.values, found.vectors, execution)
    let bias = (0..<outputDimension).map { row in
      var sum = 0.0
      for column in 0..<inputDimension { sum -= Double(mean[column]) * applied[row, column] }
      return Float(sum)
    }
    self.mean = mean
    eigenvalues = found.values.map { Float(max(0, $0)) }
    components = found.vectors.floats
    linear = LinearTransform(
      trusted: applied.floats, bias: isCentred ? bias : nil, from: inputDimension,
      to: outputDimension)
    execution.progress?(WorkProgress(step: "PCA", done: 2, total: 2))
  }

  /// Directions of few vectors in many dimensions, as many as there are vectors.
  private static func directions(
    of vectors: Matrix<Double>, _ execution: Execution
  ) throws(IndexError) -> (values: [Double], vectors: Matrix<Double>) {
    let products = try vectors.times(
      vectors, transposed: true, workers: execution.workerCount)
    let (values, weights) = try products.symmetricEigen()
    var rows = try weights.times(vectors, workers: execution.workerCount)
    // Where nothing varies any more, any direction will do that is at right angles to the others.
    var generator = SplitMix64(seed: 1234)
    for row in 0..<rows.rows where !(values[row] > noise * values[0]) {
      for column in 0..<rows.columns {
        rows[row, column] = Double.random(in: -1...1, using: &generator)
      }
    }
    return (values, try rows.orthonormalRows())
  }

  /// What is applied: the first components, scaled, and grouped or rotated.
  private func matrix(
    _ values: [Double], _ vectors: Matrix<Double>, _ execution: Execution
  ) throws(IndexError) -> Matrix<Double> {
    var kept = vectors.prefix(outputDimension)
    if options.eigenPower != 0 {
      let power = Double(options.eigenPower)
      let limit = Self.noise * max(0, values.first ?? 0)
      for row in 0..<outputDimension {
        let value = max(0, values[row]) + Double(options.epsilon)
        let factor = power < 0 && value <= limit ? 0 : pow(value, power)
        for column in 0..<inputDimension { kept[row, column] *= factor }
      }
    }
    if options.isRotated {
      let rotation = try randomRotation(
        outputDimension, outputDimension, seed: Self.rotationSeed)
      return try rotation.times(kept, workers: execution.workerCount)
    }
    guard options.balancedBins > 0 else { return kept }
    var grouped = kept
    for (place, row) in Self.groups(values.prefix(outputDimension), options.balancedBins)
      .enumerated()
    {
      for column in 0..<inputDimension { grouped[place, column] = kept[row, column] }
    }
    return grouped
  }

  /// The components in the order of their groups: each in turn goes to the group with the smallest
  /// sum that is not full.
  static func groups(_ values: ArraySlice<Double>, _ bins: Int) -> [Int] {
    let size = values.count / bins
    var sums = [Double](repeating: 0, count: bins)
    var members = [[Int]](repeating: [], count: bins)
    for (component, value) in values.enumerated() {
      var best: Int?
      for bin in 0..<bins where members[bin].count < size {
        if best.map({ sums[bin] < sums[$0] }) ?? true { best = bin }
      }
      guard let best else { break }
      sums[best] += value
      members[best].append(component)
    }
    return members.flatMap { $0 }
  }
}
