import VicinalCoding
import VicinalCompute
public import VicinalCore

extension IVFPQRIndex: RangeSearchable, Reconstructible {
  /// Finds candidates by the first codes and ranks them by both.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    let candidates = try candidates(queries, k: k, options)
    let rows = try parallelMap(queries.count, workers: options.execution.workerCount) {
      query throws(IndexError) in
      var found = Neighbors(empty: 1, k: k, metric: metric)
      var best = TopKCollector(
        k: k, isSimilarity: metric.isSimilarity, kernels: try KernelSet(options.execution.kernels))
      try compare(queries.row(query), with: candidates.row(query), options) { value, id, _ in
        best.offer(value, label: id)
      }
      best.drain(into: &found, query: 0)
      return found
    }
    var merged = Neighbors(empty: 0, k: k, metric: metric)
    for row in rows { merged.append(row) }
    return merged
  }

  /// Finds vectors within the radius among those that are within it by their first codes: an
  /// approximation from below. faiss answers with the values of the first codes.
  ///
  /// - Parameter options: As for searching, but `refineFactor` is refused: there is no number of
  ///   candidates to multiply.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    let candidates = try base.rangeSearchPlaces(queries, radius: radius, options: options)
    let rows = try parallelMap(queries.count, workers: options.execution.workerCount) {
      query throws(IndexError) in
      var within: [(id: Int64, distance: Float)] = []
      try compare(queries.row(query), with: candidates.row(query), options) { value, id, _ in
        if metric.isBetter(value, than: radius) { within.append((id, value)) }
      }
      return within.sorted { metric.ranks($0, before: $1) }
    }
    return RangeNeighbors(rows: rows)
  }

  /// What both codes of the vector with an id stand for.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard let (list, offset) = base.locate(id) else {
      throw IndexError(.notFound, "no vector has the id \(id)")
    }
    return try vector(list, offset)
  }

  /// What both codes of each vector stand for.
  public func reconstruct(_ ids: Span<Int64>) throws(IndexError) -> [Float] {
    var values: [Float] = []
    for (list, offset) in try base.locate(ids) { values += try vector(list, offset) }
    return values
  }

  /// Finds candidates by the first codes, ranks them by both, and gives what both stand for along.
  public func searchAndReconstruct(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> ReconstructedNeighbors {
    try requireRoom(forVectorsOf: queries, k: k)
    let candidates = try candidates(queries, k: k, options)
    var (found, values) = (Neighbors(empty: 0, k: k, metric: metric), [Float]())
    for query in 0..<queries.count {
      var row = Neighbors(empty: 1, k: k, metric: metric)
      var best = TopKCollector(
        k: k, isSimilarity: metric.isSimilarity, kernels: try KernelSet(options.execution.kernels))
      var vectors: [Int64: [Float]] = [:]
      try compare(queries.row(query), with: candidates.row(query), options) { value, id, vector in
        best.offer(value, label: id)
        vectors[id] = vector
      }
      best.drain(into: &row, query: 0)
      for id in row.ids where id >= 0 { values += vectors[id] ?? [] }
      found.append(row)
    }
    return ReconstructedNeighbors(found, dimension: dimension, vectors: values)
  }

  /// What the first codes find: list number ≪ 32 | offset.
  private func candidates(
    _ queries: borrowing VectorBatch, k: Int, _ options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let factor = options.refineFactor ?? refineFactor
    guard RefinedIndex.usable(factor) else {
      throw IndexError(
        .invalidArgument,
        "refineFactor (k_factor) must be 1…\(Int(RefinedIndex.largestFactor)), got \(factor)")
    }
    var inner = options
    inner.refineFactor = nil
    let wanted = max(1, min(count, Int((Double(min(k, count)) * Double(factor)).rounded(.up))))
    return try base.searchPlaces(queries, k: wanted, options: inner)
  }

  /// Compares a query with what both codes of candidates stand for.
  ///
  /// - Parameter offer: Takes the value, the id and the vector.
  private func compare(
    _ query: Span<Float>, with candidates: [(id: Int64, distance: Float)],
    _ options: SearchOptions, _ offer: (Float, Int64, [Float]) -> Void
  ) throws(IndexError) {
    try options.execution.checkCancellation()
    let kernels = try KernelSet(options.execution.kernels)
    for (place, _) in candidates {
      let (list, offset) = (Int(place >> 32), Int(place & 0xffff_ffff))
      let vector = try vector(list, offset)
      let value = kernels.distance(query, vector.span, metric: metric)
      offer(value, base.lists[list].id(at: offset), vector)
    }
  }

  /// What both codes of a vector stand for.
  private func vector(_ list: Int, _ offset: Int) throws(IndexError) -> [Float] {
    var values: [Float] = []
    try base.appendVector(list, offset, to: &values)
    let id = base.lists[list].id(at: offset)
    guard id >= 0, id < codes.count else {
      throw IndexError(
        .corruptFile, "vector \(id) has no second code; there are \(codes.count) of them")
    }
    var code: [UInt8] = []
    codes.appendCode(Int(id), to: &code)
    for (column, value) in try refinement.decode(code.span.rawBytes).enumerated() {
      values[column] += value
    }
    return values
  }
}

extension RangeNeighbors {
  /// Joins the ordered results of single queries.
  init(rows: [[(id: Int64, distance: Float)]]) {
    self.init(limits: [0], distances: [], ids: [])
    for row in rows {
      ids += row.map(\.id)
      distances += row.map(\.distance)
      limits.append(ids.count)
    }
  }
}
