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

  /// Whether the finished index carries its int8 companion.
  public var isAccelerated: Bool

  /// Bytes that building may use beside the index: the training sample and one batch.
  public var workMemory: MemorySize

  /// Chooses the training sample; also the seed of the clustering.
  public var seed: UInt64 = 1234

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
  /// The same for graphs, where linking takes long enough to want news in between.
  static let mostGraphRows = 16_384

  /// Trains and fills the index.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` if the work memory cannot hold a training sample,
  ///   ``IndexError/Code/insufficientData``, ``IndexError/Code/notFinite`` naming the row,
  ///   ``IndexError/Code/cancelled``.
  public func build(
    from source: any EmbeddingSource, execution: Execution = Execution()
  ) throws(IndexError) -> (index: any VectorIndex, warnings: [String]) {
    // The companion is made at the end, in one go: growing it along would quantise the last
    // panel of every list again with each batch.
    var index = try spec.makeIndex(
      dimension: source.dimension, metric: metric, isAccelerated: isAccelerated && !isInverted)
    var warnings: [String] = []
    if !index.isTrained {
      warnings += try train(&index, from: source, execution: execution)
    }
    try add(to: &index, from: source, execution: execution)
    index = try finished(index, execution: execution)
    return (index, warnings)
  }

  private var isGraph: Bool { if case .hnsw = spec.core { true } else { false } }

  private var isInverted: Bool { if case .ivf = spec.core { true } else { false } }

  /// Vectors that training looks at.
  ///
  /// Beside the sample itself, training holds about as much again for a tenth of it at a time.
  func trainingCount(source: any EmbeddingSource) throws(IndexError) -> Int {
    guard case .ivf(let cells, _) = spec.core else { return 0 }
    let rowBytes = try checkedProduct(source.dimension, 4, of: "a vector")
    let affordable = workMemory.bytes / 2 / rowBytes
    let wanted = try checkedProduct(cells, Self.mostPointsPerCell, of: "the training sample")
    let least = min(source.count, cells * Self.fewestPointsPerCell)
    guard affordable >= least else {
      let needed = MemorySize(bytes: least * rowBytes * 2)
      throw IndexError(
        .memoryBound,
        "training \(cells) cells needs at least \(least) vectors, about \(needed) of memory, but"
          + " only \(workMemory) may be used; raise current-memory-available or ask for fewer cells")
    }
    return min(source.count, wanted, affordable)
  }

  private func train(
    _ index: inout any VectorIndex, from source: any EmbeddingSource, execution: Execution
  ) throws(IndexError) -> [String] {
    let count = try trainingCount(source: source)
    execution.progress?(Progress(step: "read training vectors", done: 0, total: count))
    var generator = SplitMix64(seed: seed)
    let rows = sampleWithoutReplacement(count, of: source.count, using: &generator)
    let values = try source.vectors(rows)
    execution.progress?(Progress(step: "read training vectors", done: count, total: count))
    let sample = try VectorBatch(values.span, dimension: source.dimension)
    for (place, row) in rows.enumerated() {
      // One by one, so that a message names the row of the data, not of the sample.
      try sample.rows(place..<place + 1).requireFinite(of: "embeddings", rowOffset: row)
    }
    try index.train(on: sample, execution: execution)
    return (index.core as? IVFIndex)?.trainingWarnings ?? []
  }

  private func add(
    to index: inout any VectorIndex, from source: any EmbeddingSource, execution: Execution
  ) throws(IndexError) {
    let rowBytes = try checkedProduct(source.dimension, 4, of: "a vector")
    let most = isGraph ? Self.mostGraphRows : Self.mostBatchRows
    let rows = max(1, min(most, workMemory.bytes / 8 / rowBytes))
    let total = source.count
    var quiet = execution
    quiet.progress = nil
    if index is IVFIndex || (index as? TransformedIndex)?.inner is IVFIndex {
      return try addInTwoPasses(to: &index, from: source, rows: rows, execution: quiet) {
        execution.progress?(Progress(step: $0, done: $1, total: $2))
      }
    }
    // A graph that can be cancelled inside a batch keeps a copy of its links; between batches is
    // soon enough, and the copy would not be within the work memory.
    quiet.isCancelled = nil
    var piece: [Float] = []
    execution.progress?(Progress(step: "add", done: 0, total: total))
    try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
      try execution.checkCancellation()
      // Checked here too, so that the message names the row of the data, not of the batch.
      if !metric.allowsNaN { try batch.requireFinite(of: "embeddings", rowOffset: first) }
      guard isGraph else {
        try index.add(batch, execution: quiet)
        execution.progress?(Progress(step: "add", done: first + batch.count, total: total))
        return
      }
      // A graph depends on what is added together: pieces of the same length, wherever files
      // begin and end.
      for row in 0..<batch.count {
        let values = batch.row(row)
        for column in values.indices { piece.append(values[column]) }
        guard piece.count == rows * source.dimension || first + row + 1 == total else { continue }
        try index.add(VectorBatch(piece.span, dimension: source.dimension), execution: quiet)
        piece.removeAll(keepingCapacity: true)
        execution.progress?(Progress(step: "add", done: first + row + 1, total: total))
        try execution.checkCancellation()
      }
    }
  }

  /// First finds the list of every vector, then makes room for exactly that and stores them:
  /// lists that grow step by step would leave the memory full of holes.
  private func addInTwoPasses(
    to index: inout any VectorIndex, from source: any EmbeddingSource, rows: Int,
    execution: Execution, report: (String, Int, Int) -> Void
  ) throws(IndexError) {
    let normalization = (index as? TransformedIndex)?.transform
    var cells: [Int32] = []
    cells.reserveCapacity(source.count)
    let assigning = index.core
    try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
      try execution.checkCancellation()
      try batch.requireFinite(of: "embeddings", rowOffset: first)
      guard let lists = assigning as? IVFIndex else { return }
      let found =
        if let normalization {
          try lists.cells(
            of: VectorBatch(normalization.apply(batch).span, dimension: batch.dimension),
            execution: execution)
        } else {
          try lists.cells(of: batch, execution: execution)
        }
      for cell in found { cells.append(Int32(cell)) }
      report("assign", first + batch.count, source.count)
    }
    var sizes: [Int]?
    try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
      try execution.checkCancellation()
      try withCore(of: &index) { core throws(IndexError) in
        guard var lists = core as? IVFIndex else { return }
        core = FlatIndex(dimension: lists.dimension)
        defer { core = lists }
        if sizes == nil {
          var counts = [Int](repeating: 0, count: lists.listCount)
          for cell in cells { counts[Int(cell)] += 1 }
          try lists.reserve(counts, execution: execution)
          sizes = counts
        }
        let part = cells[first..<first + batch.count].map(Int64.init)
        if let normalization {
          let values = normalization.apply(batch)
          try lists.add(
            VectorBatch(values.span, dimension: batch.dimension), cells: part,
            execution: execution)
        } else {
          try lists.add(batch, cells: part, execution: execution)
        }
      }
      report("add", first + batch.count, source.count)
    }
  }

  /// Leaves out the companion, or fails, if the finished index exceeds a bound after all: what a
  /// prediction cannot know is how unevenly vectors spread over lists.
  ///
  /// - Returns: A remark if the companion was left out.
  /// - Throws: ``IndexError/Code/memoryBound``.
  public static func enforce(
    _ bound: MemorySize, on index: inout any VectorIndex
  ) throws(IndexError) -> String? {
    guard index.byteCount > bound.bytes else { return nil }
    if index.isAcceleratedCore {
      try IndexMaintenance.dropCompanion(of: &index)
      if index.byteCount <= bound.bytes {
        return "the int8 companion was left out to stay within \(bound)"
      }
    }
    throw IndexError(
      .memoryBound,
      "the finished index takes \(MemorySize(bytes: index.byteCount)), more than the bound of"
        + " \(bound); raise max-index-memory-usage")
  }

  private func finished(
    _ index: any VectorIndex, execution: Execution
  ) throws(IndexError) -> any VectorIndex {
    if let transformed = index as? TransformedIndex {
      return TransformedIndex(try finished(transformed.inner, execution: execution))
    }
    if let mapped = index as? IDMapIndex {
      var finished = try IDMapIndex(
        finished(mapped.inner, execution: execution), ids: mapped.ids,
        isReversible: mapped.isReversible)
      finished.trim()
      return finished
    }
    switch index {
    case var lists as IVFIndex:
      lists.trim()
      try lists.setAccelerated(isAccelerated, execution: execution)
      return lists
    case var graph as HNSWIndex:
      graph.trim()
      return graph
    case var flat as FlatIndex:
      flat.trim()
      return flat
    default: return index
    }
  }
}
