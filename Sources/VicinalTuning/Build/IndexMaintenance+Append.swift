public import VicinalCore
public import VicinalDatasets
import VicinalFiles
import VicinalIndexes

extension IndexMaintenance {
  /// Adds all vectors of a source behind those of an index, in batches within the work memory. Ids
  /// go on: the first new vector gets the number of those before as its id.
  ///
  /// - Throws: ``IndexError/Code/dimensionMismatch``, ``IndexError/Code/notFinite`` naming the row,
  ///   ``IndexError/Code/notTrained``, ``IndexError/Code/cancelled``. The index may then hold some
  ///   of the vectors.
  public static func append(
    _ source: any EmbeddingSource, to index: inout any VectorIndex, workMemory: MemorySize,
    execution: Execution = Execution()
  ) throws(IndexError) {
    guard source.dimension == index.dimension else {
      throw IndexError(
        .dimensionMismatch,
        "the index holds vectors of dimension \(index.dimension), the source \(source.dimension)")
    }
    let rowBytes = try checkedProduct(source.dimension, 4, of: "a vector")
    let rows = max(1, min(IndexBuilder.mostBatchRows, workMemory.bytes / 8 / rowBytes))
    var quiet = execution
    quiet.progress = nil
    let metric = index.metric
    try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
      try execution.checkCancellation()
      if !metric.allowsNaN { try source.requireFinite(batch, from: first) }
      try index.add(batch, execution: quiet)
      execution.progress?(
        WorkProgress(step: "add", done: first + batch.count, total: source.count))
    }
    try IndexMaintenance.trim(&index)
  }

  private static func trim(_ index: inout any VectorIndex) throws(IndexError) {
    try withCore(of: &index) { core throws(IndexError) in
      guard var lists = core as? IVFIndex else { return }
      core = FlatIndex(dimension: lists.dimension)
      defer { core = lists }
      lists.trim()
    }
  }

  /// Requires a trained index without vectors that fits what is to be built.
  ///
  /// - Parameters:
  ///   - trained: The index, for example from a file.
  ///   - name: What to call it in messages.
  ///   - builder: What is to be built.
  /// - Returns: The index.
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/notTrained``.
  public static func requireTraining(
    _ trained: any VectorIndex, named name: String, for builder: IndexBuilder
  ) throws(IndexError) -> any VectorIndex {
    guard trained.isTrained else {
      throw IndexError(.notTrained, "\(name) is not trained")
    }
    let model = try builder.spec.makeIndex(
      dimension: trained.dimension, metric: builder.metric, isAccelerated: false)
    guard trained.metric == builder.metric, trained.isBuilt(like: model) else {
      throw IndexError(.invalidArgument, "\(name) is not a trained \(builder.spec)")
    }
    guard trained.count == 0 else {
      throw IndexError(
        .invalidArgument,
        "\(name) holds \(trained.count) vectors already; a trained index without vectors is needed")
    }
    return trained
  }
}

extension VectorIndex {
  /// Whether vectors are scaled to length 1 on the way in, as for cosine similarity.
  public var normalizesVectors: Bool { isNormalized }
}

extension MemoryPlan {
  /// Work memory that is left beside an index in a file, which is loaded to take more vectors.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` with the smallest bound that would do.
  public static func requireRoom(
    toAppend count: Int, dimension: Int, toFile path: String, bound: MemorySize
  ) throws(IndexError) -> MemorySize {
    guard case .file(let size) = try FileLocation(path).status() else {
      throw IndexError(
        .fileSystem, "there is no index \(path) to add to; build it without --append")
    }
    // The index with its companion, and the new vectors, as floats at most; growing lists keep an
    // eighth spare.
    let row = Double(dimension) * 5 + 16
    let whole = Double(size) * 1.25 + Double(count) * row
    let needed = Double(processBytes) + whole * 1.125 + Double(16 << 20)
    guard needed <= Double(bound.bytes) else {
      throw IndexError(
        .memoryBound,
        "adding \(count) vectors to \(path) takes about \(MemorySize(bytes: Int(needed))) of memory,"
          + " but current-memory-available is \(bound)")
    }
    return MemorySize(bytes: min(mostWork, bound.bytes - Int(needed) + (16 << 20)))
  }
}
