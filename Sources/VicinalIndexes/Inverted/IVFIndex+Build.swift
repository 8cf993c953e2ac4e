import VicinalCoding
import VicinalCompute
public import VicinalCore

extension IVFIndex: IdentifiedAddition {
  /// Finds the cells, unless the coarse quantizer has them already, and trains the codec.
  ///
  /// - Parameters:
  ///   - sample: At least `listCount` vectors; 39 to 256 per list are used best.
  ///   - execution: Threads, progress (k-means rounds), cancellation.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    guard !isTrained else { return }
    let before = self
    do throws(IndexError) {
      if !hasCells { try findCells(sample, execution) }
      try trainCodec(on: sample, execution)
      try prepareLists(execution: execution)
    } catch {
      self = before
      throw error
    }
  }

  private mutating func findCells(
    _ sample: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    if let trainer = coarse as? any CellTraining, !trainer.isTrained {
      var trained = trainer
      coarse = FlatIndex(dimension: dimension)
      defer { coarse = trained }
      try trained.train(on: sample, execution: execution)
      return
    }
    guard coarse.count == 0 else {
      throw IndexError(
        .invalidArgument,
        "the coarse quantizer holds \(coarse.count) vectors, expected 0 or \(listCount)")
    }
    let cells = try KMeans.cluster(
      sample, k: listCount, options: clustering, metric: metric, execution: execution)
    var trained = coarse
    let centroids = cells.centroids
    let batch = try VectorBatch(centroids.span, dimension: dimension)
    // Cells kept in codes or in lists of their own.
    if !trained.isTrained { try trained.train(on: batch, execution: execution) }
    try trained.add(batch, execution: execution)
    coarse = trained
    trainingWarnings = cells.warnings
  }

  /// Trains the codec on the sample, or on how it differs from the cells.
  private mutating func trainCodec(
    on sample: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    guard var codec else { return }
    if !codec.isTrained {
      try sample.requireFinite(of: "training vectors")
      if var product = codec as? ProductQuantizer, product.clustering.miniBatch == nil {
        product.clustering.miniBatch = clustering.miniBatch
        codec = product
      }
      if isResidual {
        let cells = try assign(sample, execution: execution)
        let origins = try cellVectors(cells[...])
        let differences = differences(
          sample, try VectorBatch(origins.span, dimension: dimension))
        try codec.train(
          on: VectorBatch(differences.span, dimension: dimension), execution: execution)
      } else {
        try codec.train(on: sample, execution: execution)
      }
      // Lists were made before the size of a code was certain.
      lists = Array(
        repeating: InvertedList(dimension: dimension, codec: codec), count: listCount)
    }
    self.codec = codec
    try prepareCodec(execution)
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    let first = Int64(count + unlistedCount)
    try add(vectors, execution: execution) { first + Int64($0) }
  }

  /// Adds vectors under given ids; ids may repeat, as in faiss.
  public mutating func add(
    _ vectors: borrowing VectorBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    guard ids.count == vectors.count else {
      throw IndexError(
        .invalidArgument, "every vector needs an id: \(vectors.count) vectors, \(ids.count) ids")
    }
    guard directMap.kind != .array else {
      throw IndexError(
        .unsupported,
        "a direct map of kind array only works with ids given by the index; use a hash table")
    }
    let copied = (0..<ids.count).map { ids[$0] }
    try requireUsableIDs(copied)
    try add(vectors, execution: execution) { copied[$0] }
  }

  /// The list of each vector, for adding in two passes.
  package func cells(
    of vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Int64] {
    try assign(vectors, execution: execution)
  }

  /// Makes room for exactly so many more vectors in each list, so that none grows on the way.
  package mutating func reserve(_ sizes: [Int], execution: Execution) throws(IndexError) {
    try parallelUpdate(&lists, workers: execution.workerCount) { list, content in
      content.reserve(content.count + sizes[list])
    }
  }

  /// Adds vectors whose lists are known already, under the ids `count ..< …`.
  package mutating func add(
    _ vectors: borrowing VectorBatch, cells: [Int64], execution: Execution
  ) throws(IndexError) {
    let first = Int64(count + unlistedCount)
    try store(vectors, cells: cells, execution: execution) { first + Int64($0) }
  }

  private mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution, id: (Int) -> Int64
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    guard isTrained else {
      throw IndexError(
        .notTrained, "the index has no cells yet; train it on a sample before adding vectors")
    }
    try vectors.requireFinite(of: "vectors to add")
    let cells = try assign(vectors, execution: execution)
    try execution.checkCancellation()
    try store(vectors, cells: cells, execution: execution, id: id)
  }

  mutating func store(
    _ vectors: borrowing VectorBatch, cells: [Int64], execution: Execution, id: (Int) -> Int64
  ) throws(IndexError) {
    let kernels = try KernelSet(execution.kernels)
    let codes = try encode(vectors, cells: cells, execution)
    let (order, starts) = grouped(cells, groups: listCount)
    if directMap.kind != .none {
      for list in 0..<listCount {
        for (place, row) in order[starts[list]..<starts[list + 1]].enumerated() {
          directMap.set(id(Int(row)), list: list, offset: lists[list].count + place)
        }
      }
    }
    // From here on nothing can fail, so that the index is never half changed.
    try parallelUpdate(&lists, workers: execution.workerCount) { list, content in
      let rows = order[starts[list]..<starts[list + 1]]
      guard !rows.isEmpty else { return }
      if let codes {
        content.append(codes: codes, rows: rows, ids: id)
      } else {
        content.append(vectors, rows: rows, ids: id, kernels: kernels)
      }
    }
    count += vectors.count
    // What is missing after a cancellation is done without.
    try? completeTerms(execution)
  }

  /// Bytes of the centroids of vectors that are encoded together, which are beside the batch in memory, as
  /// are the differences from them.
  private static let encodedBytes = 2 << 20

  /// The codes of vectors whose cells are known, or `nil` for lists of floats.
  func encode(
    _ vectors: borrowing VectorBatch, cells: [Int64], _ execution: Execution
  ) throws(IndexError) -> [UInt8]? {
    guard let codec else { return nil }
    guard isResidual else { return try codec.encode(vectors, execution: execution) }
    var codes: [UInt8] = []
    codes.reserveCapacity(vectors.count * codec.codeSize)
    // Enough for every worker to have some.
    let step = max(64 * execution.workerCount, Self.encodedBytes / (dimension * 4))
    for first in stride(from: 0, to: vectors.count, by: step) {
      let part = first..<min(vectors.count, first + step)
      let origins = try cellVectors(cells[part])
      codes += try codec.encode(
        vectors.rows(part), around: VectorBatch(origins.span, dimension: dimension),
        execution: execution)
    }
    return codes
  }

  /// The centroids of some cells, row-major.
  func cellVectors(_ cells: ArraySlice<Int64>) throws(IndexError) -> [Float] {
    var values = [Float](repeating: 0, count: cells.count * dimension)
    let source = try requireCellVectors()
    var span = values.mutableSpan
    for (place, cell) in cells.enumerated() {
      var target = span._mutatingExtracting(place * dimension..<(place + 1) * dimension)
      try source.copyCell(Int(cell), into: &target)
    }
    return values
  }

  /// The coarse quantizer as a source of centroids.
  func requireCellVectors() throws(IndexError) -> any CellVectors {
    // Asking for a type is quicker than asking for a capability, and nearly all are of this one.
    if let flat = coarse as? FlatIndex { return flat }
    guard let source = coarse as? any CellVectors else {
      throw IndexError(
        .unsupported,
        "codes of residuals need cells with centroids, which \(type(of: coarse)) does not give")
    }
    return source
  }

  /// The list of each vector.
  func assign(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> [Int64] {
    if let flat = coarse as? FlatIndex {
      return try flat.nearest(vectors, execution: execution).ids
    }
    var options = SearchOptions(execution: execution)
    options.efSearch = coarse is any GraphSearching ? Self.addingEfSearch : nil
    let found = try coarse.search(vectors, k: 1, options: options).ids
    guard found.allSatisfy({ $0 >= 0 && $0 < listCount }) else {
      throw IndexError(.notFound, "the coarse quantizer found no cell for some vectors")
    }
    return found
  }

  /// Vectors are added once and searched often: a wider walk than faiss's default of 16 costs
  /// little and puts almost every vector into its true cell.
  private static let addingEfSearch = 64
}

/// Refuses negative ids: −1 marks places without a result.
func requireUsableIDs(_ ids: [Int64]) throws(IndexError) {
  if let place = ids.firstIndex(where: { $0 < 0 }) {
    throw IndexError(
      .invalidArgument, "ids must not be negative, but number \(place) is \(ids[place])")
  }
}

/// An id plus the offset of a merge.
///
/// - Throws: ``IndexError/Code/invalidArgument`` if that is negative or no 64-bit number.
func shiftedID(_ id: Int64, by offset: Int64) throws(IndexError) -> Int64 {
  let (sum, overflow) = id.addingReportingOverflow(offset)
  guard !overflow, sum >= 0 else {
    throw IndexError(
      .invalidArgument,
      "id \(id) plus idOffset \(offset) is negative or no 64-bit number; choose another offset")
  }
  return sum
}

extension FlatIndex {
  /// The nearest vector of each query, for assigning vectors to cells.
  func nearest(
    _ queries: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) -> (ids: [Int64], values: [Float]) {
    let kernels = try KernelSet(execution.kernels)
    let parts = evenRanges(queries.count, parts: max(1, (queries.count + 479) / 480))
    let shift = Int64(rows.shift)
    let results = try parallelMap(parts.count, workers: execution.workerCount) {
      part throws(IndexError) in
      try execution.checkCancellation()
      var scan = BlockScan(
        queries.rows(parts[part]), k: 1, metric: metric, centre: rows.centre, kernels: kernels
      ) { Int64($0) << shift | Int64($1) }
      let all = (0..<parts[part].count).map(Int32.init)
      for block in rows.blocks.indices {
        scan.scan(rows.blocks[block], number: block, members: all.span, allowed: nil)
      }
      return scan.nearest()
    }
    return (results.flatMap(\.ids), results.flatMap(\.values))
  }
}
