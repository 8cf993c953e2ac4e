import VicinalCompute
public import VicinalCore

extension AdditiveQuantizer {
  /// Learns the codebooks and the table of norms.
  ///
  /// - Parameters:
  ///   - sample: At least 2^bits finite vectors for the largest codebook; of more than 256 per
  ///     entry a random sample is taken.
  ///   - execution: Progress has the step "train", one unit per codebook or round.
  /// - Throws: ``IndexError/Code/insufficientData``, ``IndexError/Code/notFinite``,
  ///   ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/cancelled``.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "vectors to train on")
    let largest = 1 << (bits.max() ?? 0)
    guard sample.count >= largest else {
      throw IndexError(
        .insufficientData,
        "an additive quantizer with a codebook of \(largest) entries needs at least as many vectors"
          + " to train on, got \(sample.count); give more vectors or use fewer bits")
    }
    try sample.requireFinite(of: "vectors to train on")
    let kernels = try KernelSet(execution.kernels)
    let rows = Self.chosenRows(of: sample.count, largest)
    var trained = parts
    var entries = [Int32](repeating: 0, count: rows.count * bits.count)
    var (field, notes) = (0, [String]())
    let report = ProgressCount(
      step: "train", total: parts.reduce(0) { $0 + $1.trainingUnits }, execution: execution)
    for (number, part) in parts.enumerated() {
      let columns = number * part.dimension..<(number + 1) * part.dimension
      let points = Self.points(sample, rows, columns)
      let found = try trained[number].train(
        on: points, kernels: kernels, report: report, execution: execution)
      notes += found.warnings
      let width = part.bits.count
      for row in rows.indices {
        for place in 0..<width {
          entries[row * bits.count + field + place] = found.entries[row * width + place]
        }
      }
      field += width
    }
    try finishTraining(trained, entries, notes, kernels, execution)
  }

  /// Puts trained parts together and learns the norms of what the sample became.
  private mutating func finishTraining(
    _ trained: [AdditivePart], _ entries: [Int32], _ notes: [String], _ kernels: KernelSet,
    _ execution: Execution
  ) throws(IndexError) {
    var next = try AdditiveQuantizer(
      dimension: dimension, bits: parts[0].bits, parts: isProduct ? parts.count : nil,
      method: method, norm: norm)
    next.parts = trained
    if isProduct {
      // The records of parts say how long their vectors were, too.
      for number in trained.indices {
        let norms = next.partNorms(number, entries, kernels)
        next.parts[number].norms = try NormTraining.train(.decoding, norms, execution)
      }
    }
    next.norms = try NormTraining.train(norm, next.decodedNorms(entries, kernels), execution)
    next.isTrained = true
    next.warnings = notes.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    self = next
  }

  /// More vectors than this for each entry bring nothing. faiss: `max_points_per_centroid`.
  private static let vectorsPerEntry = 256

  private static func chosenRows(of count: Int, _ entries: Int) -> [Int] {
    var generator = SplitMix64(seed: KMeansOptions().seed)
    return sampleWithoutReplacement(
      min(count, entries * vectorsPerEntry), of: count, using: &generator)
  }

  private static func points(
    _ sample: borrowing VectorBatch, _ rows: [Int], _ columns: Range<Int>
  ) -> [Float] {
    var points: [Float] = []
    points.reserveCapacity(rows.count * columns.count)
    for row in rows {
      let vector = sample.row(row)
      for column in columns { points.append(vector[column]) }
    }
    return points
  }
}

extension AdditivePart {
  /// Units of progress that training reports.
  var trainingUnits: Int {
    switch method {
    case .residual: bits.count
    case .localSearch(let options): options.trainingRounds
    }
  }

  /// Learns the codebooks.
  ///
  /// - Parameter points: Row-major vectors of this part.
  /// - Returns: The entries of these vectors, and warnings.
  mutating func train(
    on points: [Float], kernels: KernelSet, report: ProgressCount, execution: Execution
  ) throws(IndexError) -> (entries: [Int32], warnings: [String]) {
    switch method {
    case .residual(let options):
      let training = ResidualTraining(
        dimension: dimension, bits: bits, options: options, kernels: kernels,
        execution: execution)
      let found = try training.run(points, report)
      codebooks = found.codebooks
      return (found.entries, found.warnings)
    case .localSearch(let options):
      let training = LocalSearchTraining(
        dimension: dimension, bits: bits, options: options, kernels: kernels,
        execution: execution)
      let found = try training.run(points, report)
      codebooks = found.codebooks
      return (found.entries, [])
    }
  }
}
