import VicinalCore
import VicinalDatasets
import VicinalIndexes

/// Vectors and queries that candidates are measured with.
struct SelectionSample: Sendable {
  /// Row-major vectors, in the order of the source.
  let values: [Float]
  /// Floats per vector.
  let dimension: Int
  /// Row-major queries; none of them is among the vectors by its number, though copies may be.
  let queryValues: [Float]

  /// Vectors.
  var count: Int { values.count / dimension }

  /// Draws vectors and queries, by the seed alone.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` if the work memory holds no sample,
  ///   ``IndexError/Code/notFinite`` naming the row, ``IndexError/Code/dimensionMismatch``.
  init(from source: any EmbeddingSource, _ options: SelectionOptions) throws(IndexError) {
    dimension = source.dimension
    // The sample, the largest candidate built from it, training and the quarter of it.
    let affordable = options.budget.workMemory.bytes / (6 * 4 * max(1, dimension))
    let wanted = min(options.sampleCount, affordable, source.count)
    guard wanted >= 1 else {
      throw IndexError(
        .memoryBound,
        "choosing an index needs a sample of the vectors in memory, but"
          + " \(options.budget.workMemory) hold none; raise current-memory-available")
    }
    var generator = SplitMix64(seed: options.seed)
    if let given = options.queries {
      guard given.dimension == source.dimension else {
        throw IndexError(
          .dimensionMismatch,
          "the queries have dimension \(given.dimension), the embeddings \(source.dimension)")
      }
      let rows = sampleWithoutReplacement(options.queryCount, of: given.count, using: &generator)
      queryValues = try Self.finite(rows, given)
      let own = sampleWithoutReplacement(wanted, of: source.count, using: &generator)
      values = try Self.finite(own, source)
      return
    }
    let asked = max(1, min(options.queryCount, source.count / 10))
    let rows = sampleWithoutReplacement(
      min(source.count, wanted + asked), of: source.count, using: &generator)
    let all = try Self.finite(rows, source)
    guard rows.count > asked else {
      // A single vector is its own query.
      (values, queryValues) = (all, all)
      return
    }
    let chosen = Set(sampleWithoutReplacement(asked, of: rows.count, using: &generator))
    var (kept, taken): ([Float], [Float]) = ([], [])
    kept.reserveCapacity((rows.count - asked) * dimension)
    for place in rows.indices {
      let row = all[place * dimension..<(place + 1) * dimension]
      if chosen.contains(place) { taken += row } else { kept += row }
    }
    (values, queryValues) = (kept, taken)
  }

  private init(values: [Float], dimension: Int, queryValues: [Float]) {
    (self.values, self.dimension, self.queryValues) = (values, dimension, queryValues)
  }

  private static func finite(
    _ rows: [Int], _ source: any EmbeddingSource
  ) throws(IndexError) -> [Float] {
    let values = try source.vectors(rows)
    let batch = try VectorBatch(values.span, dimension: source.dimension)
    if let (place, remark) = batch.firstNotFinite() {
      throw IndexError(.notFinite, "\(source.place(of: rows[place])) \(remark)")
    }
    return values
  }

  /// Every so-many-th vector with the same queries.
  func thinned(by step: Int) -> SelectionSample {
    var kept: [Float] = []
    for row in Swift.stride(from: 0, to: count, by: step) {
      kept += values[row * dimension..<(row + 1) * dimension]
    }
    return SelectionSample(values: kept, dimension: dimension, queryValues: queryValues)
  }

  /// The queries with their exact neighbours among the vectors.
  func heldOut(
    k: Int, _ options: SelectionOptions, _ execution: Execution
  ) throws(IndexError) -> HeldOutQueries {
    var quiet = execution
    quiet.progress = nil
    let source = try InMemoryEmbeddings(values, dimension: dimension)
    let queries = try VectorBatch(queryValues.span, dimension: dimension)
    let truth = try GroundTruth.find(
      in: source, queries: queries, k: max(1, min(k, count)), metric: options.metric,
      isNormalized: options.isNormalized, execution: quiet)
    return try HeldOutQueries(
      dimension: dimension, values: queryValues,
      ownIDs: Array(repeating: -1, count: queries.count), truth: truth
    ).requiringDistances(of: options.metric)
  }

  /// What the vectors look like.
  func statistics(of count: Int, truth: Neighbors, _ options: SelectionOptions) -> DataStatistics {
    var norms: [Double] = []
    var rows: [Int: Int] = [:]
    for row in 0..<self.count {
      let vector = values[row * dimension..<(row + 1) * dimension]
      norms.append(vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot())
      var hasher = Hasher()
      for value in vector { hasher.combine(value) }
      rows[hasher.finalize(), default: 0] += 1
    }
    let mean = norms.reduce(0, +) / Double(max(1, norms.count))
    let variance = norms.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(1, norms.count))
    let copies = rows.values.filter { $0 > 1 }.reduce(0, +)
    return DataStatistics(
      count: count, dimension: dimension, sampleCount: self.count, queryCount: truth.queryCount,
      queriesAreGiven: options.queries != nil, meanNorm: mean, normDeviation: variance.squareRoot(),
      duplicateShare: Double(copies) / Double(max(1, self.count)),
      localIntrinsicDimension: options.metric == .l2 ? Self.intrinsicDimension(truth) : nil)
  }

  /// The maximum-likelihood estimate over the queries' 20 nearest (Levina and Bickel 2004), with
  /// inverses averaged (MacKay and Ghahramani 2005).
  static func intrinsicDimension(_ truth: Neighbors) -> Double? {
    var (sum, terms) = (0.0, 0)
    for query in 0..<truth.queryCount {
      // Squared distances: half of the logarithm of their ratio.
      let near = truth.row(query).prefix(20).map { Double($0.distance) }.filter { $0 > 0 }
      guard let last = near.last, near.count >= 5 else { continue }
      for distance in near.dropLast() { sum += 0.5 * (last / distance).logarithm }
      terms += near.count - 1
    }
    return sum > 0 ? Double(terms) / sum : nil
  }
}
