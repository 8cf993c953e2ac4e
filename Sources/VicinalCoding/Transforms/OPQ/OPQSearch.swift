import VicinalCompute
import VicinalCore

/// The search for a rotation that suits a product quantizer.
struct OPQSearch {
  let options: OPQ.Options
  let subspaces: Int
  let from: Int
  let to: Int
  let kernels: KernelSet
  let execution: Execution

  /// Vectors for each centroid, rounds, and rounds of k-means in each, in trials of starts: enough
  /// to tell starts apart (MiniLM text, SIFT), at a small part of the cost of the search.
  private static let (trialPointsPerCentroid, trialIterations) = (32, 15)
  private static let trialQuantizerIterations = 2

  /// Principal components are far ahead in the first rounds, but get stuck earlier: on MiniLM text
  /// they lead in the trial and end 1.5 % above a random start. So they must lead by more.
  private static let principalMargin = 1.1

  /// A rotation (rows: outputs), and the mean squared error of its quantizer in each round.
  typealias Found = (rotation: Matrix<Double>, errors: [Double])

  init(
    options: OPQ.Options, subspaces: Int, from: Int, to: Int, kernels: KernelSet,
    execution: Execution
  ) {
    (self.options, self.subspaces, self.from, self.to) = (options, subspaces, from, to)
    (self.kernels, self.execution) = (kernels, execution)
  }

  /// Quantizes and rotates in turn.
  func improved(
    _ start: Matrix<Double>, _ points: borrowing VectorBatch, quantizerIterations: Int,
    isTrial: Bool = false
  ) throws(IndexError) -> Found {
    var (rotation, errors) = (start, [Double]())
    var parts = PartClusters(
      parts: subspaces, width: to / subspaces, size: 1 << options.bits, kernels: kernels)
    let iterations =
      isTrial ? min(Self.trialIterations, options.iterations) : options.iterations
    for round in 0..<iterations {
      let floats = rotation.floats
      let turned = try PackedMatrix(floats.span, rows: to, columns: from).times(
        points, bias: [], kernels: kernels, execution: execution)
      let batch = try VectorBatch(turned.span, dimension: to)
      if round == 0 { parts.begin(batch, seed: options.seed) }
      let rounds = round == 0 && !isTrial ? options.firstQuantizerIterations : quantizerIterations
      for _ in 0..<rounds { try parts.refine(batch, execution) }
      errors.append(parts.error(batch) / Double(batch.count))
      let decoded = parts.decoded
      var products = try CrossProducts(dimension: from, columns: to)
      try products.add(
        points, VectorBatch(decoded.span, dimension: to), kernels: kernels, execution: execution)
      rotation = try towards(products.sums)
      if !isTrial {
        execution.progress?(
          WorkProgress(
            step: "OPQ", done: round + 1, total: options.iterations,
            note: "mean squared error \(errors[round])"))
      }
      if round + 1 < iterations, execution.shouldEndTraining?() == true { break }
      if round > 0, errors[round - 1] - errors[round] < options.tolerance * errors[round] { break }
    }
    return (rotation, errors)
  }

  /// The rotation R that makes R·x nearest to y, given Σ x·yᵀ.
  private func towards(_ products: Matrix<Double>) throws(IndexError) -> Matrix<Double> {
    let workers = execution.workerCount
    if products.rows >= products.columns {
      return try products.nearestOrthogonal(workers: workers).transposed
    }
    return try products.transposed.nearestOrthogonal(workers: workers)
  }

  /// Where the search begins.
  func start(
    _ rows: borrowing TrainingRows, _ mean: [Float]
  ) throws(IndexError) -> Matrix<Double> {
    guard options.start == .best else { return try start(options.start, rows, mean) }
    let size = Self.trialPointsPerCentroid << options.bits
    // With few vectors a trial would cost as much as the search.
    guard to <= from, rows.count >= 2 * size else {
      return try start(to < from ? .principalComponents : .random, rows, mean)
    }
    let spread = (0..<size).map { $0 * rows.count / size }
    let few = rows.centred(spread, mean: mean, kernels: kernels)
    let points = try VectorBatch(few.span, dimension: from)
    var (best, least) = (OPQ.Start.random, Double.infinity)
    for kind in OPQ.Start.allCases where kind != .best && (kind != .coordinates || to == from) {
      let found = try improved(
        start(kind, rows, mean), points, quantizerIterations: Self.trialQuantizerIterations,
        isTrial: true)
      let margin = kind == .principalComponents ? Self.principalMargin : 1
      if let error = found.errors.last, error * margin < least {
        (best, least) = (kind, error * margin)
      }
    }
    // From its beginning again: the minimum of a few vectors is not a good one for all.
    return try start(best, rows, mean)
  }

  private func start(
    _ kind: OPQ.Start, _ rows: borrowing TrainingRows, _ mean: [Float]
  ) throws(IndexError) -> Matrix<Double> {
    switch kind {
    case .coordinates where to == from:
      var plain = try Matrix<Double>(zeros: to, from)
      for place in 0..<to { plain[place, place] = 1 }
      return plain
    case .principalComponents where to <= from && rows.count >= from:
      let (values, vectors) = try rows.scatter(
        around: mean, kernels: kernels, execution: execution
      ).symmetricEigen()
      var rotation = vectors.prefix(to)
      for (place, row) in Self.allocation(values.prefix(to), subspaces).enumerated() {
        for column in 0..<from { rotation[place, column] = vectors[row, column] }
      }
      return rotation
    default: return try randomRotation(to, from, seed: options.seed)
    }
  }

  /// The paper's eigenvalue allocation: components, largest first, go to the part with the smallest
  /// product of eigenvalues that is not full.
  static func allocation(_ values: ArraySlice<Double>, _ parts: Int) -> [Int] {
    let floor = 1e-10 * max(values.first ?? 0, .leastNormalMagnitude)
    // Scaled so that all logarithms are positive: an empty part is then smallest.
    return PCA.groups(values.map { logarithm(max($0, floor) / floor) }[...], parts)
  }
}
