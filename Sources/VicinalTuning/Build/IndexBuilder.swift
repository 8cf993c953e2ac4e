public import VicinalCore
public import VicinalDatasets
public import VicinalIndexes

/// Builds an index from a source of vectors without ever holding more of them than the index
/// itself and a bounded amount of work memory.
public struct IndexBuilder: Sendable {
  /// What to build.
  public var spec: IndexSpec

  /// How vectors are compared.
  public var metric: Metric

  /// Whether the finished index carries what only makes searching faster: its int8 companion, terms
  /// of product codes or tables for them.
  public var isAccelerated: Bool

  /// Bytes that building may use beside the index: the training sample and one batch. A
  /// ``MemoryPlan`` works them out from a bound on the whole process.
  public var workMemory: MemorySize

  /// Chooses the training sample; also the seed of the clustering.
  public var seed: UInt64 = 1234

  /// Ends training early if time is short; `nil` lets it take its time. What was trained less then
  /// depends on the machine, and so do the bytes of the index.
  public var timeLimit: BuildTimeLimit?

  /// Whether the index is only tried: rotations are then trained with less care.
  var isTrial = false

  /// Vectors, and rounds, that rotations of trials learn from: within a few thousandths of the recall
  /// of all, at about a twelfth of the time.
  private static let (trialRotationPoints, trialRotationRounds) = (16_384, 15)

  /// What to build, with the default seed.
  public init(
    spec: IndexSpec, metric: Metric, isAccelerated: Bool, workMemory: MemorySize
  ) {
    self.spec = spec
    self.metric = metric
    self.isAccelerated = isAccelerated
    self.workMemory = workMemory
  }

  /// Points per cell that k-means looks at when memory allows; more are ignored, as in faiss.
  static let mostPointsPerCell = 256
  /// AutoFaiss's lower bound of points per cell.
  static let fewestPointsPerCell = 31
  /// Rows that go to the index at once, at most: enough to keep every processor busy.
  static let mostBatchRows = 65_536

  /// Trains and fills the index.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` if the work memory cannot hold a training sample,
  ///   ``IndexError/Code/insufficientData``, ``IndexError/Code/notFinite`` naming the row,
  ///   ``IndexError/Code/cancelled``.
  public func build(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    if case .idMap(let inner, let isReversible) = spec {
      var builder = self
      builder.spec = inner
      let (index, warnings) = try builder.build(from: source, execution: execution)
      var mapped = try IDMapIndex(
        index, ids: Array(0..<Int64(index.count)), isReversible: isReversible)
      mapped.trim()
      return (mapped, warnings)
    }
    var (index, warnings) = try trained(on: source, execution: execution)
    try fill(&index, from: source, execution: execution)
    return (index, warnings)
  }

  /// Makes the index and trains it, without adding vectors.
  ///
  /// - Throws: As ``build(from:execution:)``.
  public func trained(
    on source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    // Says what is impossible before memory is taken: factory strings can ask for 2³⁰ lists.
    _ = try trainingCount(source: source)
    // The companion of lists is made at the end, in one go: growing it along would quantise the
    // last panel of every list again with each batch, and fill tables for every list of codes.
    var index = try spec.makeIndex(
      dimension: source.dimension, metric: metric, isAccelerated: isAccelerated && !isInverted)
    var warnings: [String] = []
    if !index.isTrained {
      warnings += try train(&index, from: source, execution: execution)
    }
    return (index, warnings)
  }

  /// Adds vectors to a trained index and finishes it: gives back memory, makes the companion.
  ///
  /// - Throws: As ``build(from:execution:)``.
  public func fill(
    _ index: inout any VectorIndex, from source: any EmbeddingSource,
    execution: Execution = Execution()
  ) throws(IndexError) {
    try add(to: &index, from: source, execution: execution)
    let filled = index
    index = FlatIndex(dimension: source.dimension)
    index = try finished(filled, execution: execution)
  }

  var isInverted: Bool { if case .ivf = spec.core { true } else { false } }

  /// Every cell is a cluster of its own, unless cells are products of a few.
  private func requireEnoughForCells(_ count: Int) throws(IndexError) {
    guard case .ivf(let cells, let coarse, _) = spec.core, count < cells else { return }
    if case .multiIndex = coarse { return }
    throw IndexError(
      .insufficientData,
      "\(cells) lists need at least as many vectors to be trained on, but there are \(count); ask"
        + " for fewer lists")
  }

  /// Vectors that training looks at.
  ///
  /// Beside the sample itself, training holds about as much again, and what codecs and transforms
  /// learn from.
  func trainingCount(source: any EmbeddingSource) throws(IndexError) -> Int {
    try requireEnoughForCells(source.count)
    let needs = spec.trainingNeeds
    guard needs.most > 0 else { return 0 }
    let rowBytes = try checkedProduct(source.dimension, 4, of: "a vector")
    let sampleBytes = try checkedProduct(rowBytes, spec.trainingCopies, of: "a training vector")
    let affordable = workMemory.bytes / sampleBytes
    let least = min(source.count, needs.least)
    guard affordable >= least else {
      let needed = MemorySize(
        bytes: try checkedProduct(least, sampleBytes, of: "a training sample"))
      throw IndexError(
        .memoryBound,
        "training \(spec) takes at least \(least) vectors, about \(needed) of memory, but"
          + " only \(workMemory) may be used; raise current-memory-available or ask for fewer cells"
      )
    }
    let wanted = needs.most
    return min(source.count, wanted, affordable)
  }

  private func train(
    _ index: inout any VectorIndex, from source: any EmbeddingSource, execution: Execution
  ) throws(IndexError) -> [String] {
    let count = try trainingCount(source: source)
    execution.progress?(WorkProgress(step: "read training vectors", done: 0, total: count))
    var generator = SplitMix64(seed: seed)
    let rows = sampleWithoutReplacement(count, of: source.count, using: &generator)
    let values = try source.vectors(rows)
    execution.progress?(WorkProgress(step: "read training vectors", done: count, total: count))
    let sample = try VectorBatch(values.span, dimension: source.dimension)
    for (place, row) in rows.enumerated() {
      // One by one, so that a message names the row of the data, not of the sample.
      try source.requireFinite(sample.rows(place..<place + 1), from: row)
    }
    try index.seedClustering(seed)
    let hurried = try hurryClustering(of: &index, sample, execution)
    if isTrial {
      try index.limitRotations(
        points: Self.trialRotationPoints, rounds: Self.trialRotationRounds)
    }
    let wasCut = Flag()
    try index.train(
      on: sample,
      execution: timeLimit?.limitingTraining(of: execution, noting: wasCut) ?? execution)
    var warnings = hurried + ((index.core as? IVFIndex)?.trainingWarnings ?? [])
    if wasCut.isSet { warnings.append(BuildTimeLimit.cutRemark) }
    return warnings
  }

  /// Leaves out what only makes searching faster, or fails, if the finished index exceeds a bound after all: what a
  /// prediction cannot know is how unevenly vectors spread over lists.
  ///
  /// - Returns: A remark if the companion was left out.
  /// - Throws: ``IndexError/Code/memoryBound``.
  public static func enforce(
    _ bound: MemorySize, on index: inout any VectorIndex
  ) throws(IndexError) -> String? {
    guard index.byteCount > bound.bytes else { return nil }
    let remark =
      index.hasInt8Companion ? "the int8 companion" : "what makes searching product codes faster"
    try IndexMaintenance.dropCompanion(of: &index)
    if index.byteCount <= bound.bytes {
      return "\(remark) was left out to stay within \(bound)"
    }
    try bound.require(index.byteCount, "the finished index takes")
    return nil
  }

  private func finished(
    _ index: any VectorIndex, execution: Execution
  ) throws(IndexError) -> any VectorIndex {
    if let transformed = index as? TransformedIndex {
      return try transformed.with(inner: finished(transformed.inner, execution: execution))
    }
    switch index {
    case let refined as RefinedIndex:
      var whole = try RefinedIndex(
        finished(refined.base, execution: execution),
        by: finished(refined.refiner, execution: execution))
      whole.refineFactor = refined.refineFactor
      whole.isPanorama = refined.isPanorama
      return whole
    case var lists as IVFIndex:
      lists.trim()
      try lists.setAccelerated(isAccelerated, execution: execution)
      return lists
    case var lists as IVFPQRIndex:
      try lists.setAccelerated(isAccelerated, execution: execution)
      return lists
    case var graph as HNSWIndex:
      graph.trim()
      return graph
    case var flat as FlatIndex:
      flat.trim()
      return flat
    case var codes as CodedIndex:
      codes.trim()
      return codes
    default: return index
    }
  }
}
