public import VicinalCore
import VicinalIndexes

extension IndexInfos {
  /// Fills in recall and speed with the settings that the index holds.
  ///
  /// - Parameter areGiven: Whether the queries were given, rather than taken out of the vectors.
  public mutating func measure(
    _ index: any VectorIndex, _ queries: HeldOutQueries, areGiven: Bool = false,
    _ execution: Execution
  ) throws(IndexError) {
    let options = SearchOptions(execution: execution)
    let batch = try VectorBatch(queries.values.span, dimension: queries.dimension)
    self.queries = QueryOrigin(count: batch.count, areGiven: areGiven)
    recalls = try queries.recallFigures(of: index, options: options)
    recallAt10 = try queries.recall(of: index, k: min(10, queries.k), options: options)
    // Single queries are what one thread answers; more threads are what batches are for.
    var single = options
    single.execution.workers = 1
    let latency = try SearchMeasure.latency(
      of: index, queries: batch, k: 40, options: single, seconds: 0.5)
    averageMilliseconds = latency.mean
    p50Milliseconds = latency.quantile(0.5)
    p95Milliseconds = latency.quantile(0.95)
    p99Milliseconds = latency.quantile(0.99)
    queriesPerSecond = try SearchMeasure.throughput(
      of: index, queries: batch, k: 10, options: options)
    reconstructionErrorPercent = try index.reconstructionErrorPercent(
      of: batch, execution: execution)
  }
}

extension HeldOutQueries {
  /// Recall for every k that reports show and that truth and index reach, each with a search of its own:
  /// asking for more neighbours makes graphs look further.
  package func recallFigures(
    of index: any VectorIndex, options: SearchOptions
  ) throws(IndexError) -> [RecallFigure] {
    let queryCount = (0..<truth.queryCount).count { !truth.row($0).isEmpty }
    var figures: [RecallFigure] = []
    for k in MeasuredPoint.reportedPlaces where k == 1 || (k <= self.k && k < index.count) {
      let share = try recall(of: index, k: k, options: options)
      var figure = RecallFigure(k: k, share: share, queryCount: queryCount)
      if let graph = index.searchedFirst as? HNSWIndex, options.efSearch ?? graph.efSearch < k {
        var short = options
        short.endsWalksAtEfSearch = true
        figure.shareInFaiss = try recall(of: index, k: k, options: short)
      }
      figures.append(figure)
    }
    return figures
  }
}

extension VectorIndex {
  /// 100 · mean‖x̂ − x‖ / mean‖x‖, x̂ being x encoded and decoded; 0 for indexes that keep floats
  /// or have no codes. AutoFaiss: `reconstruction error %`.
  package func reconstructionErrorPercent(
    of vectors: borrowing VectorBatch, execution: Execution = Execution()
  ) throws(IndexError) -> Double {
    guard !keepsVectors, let codec = self as? any StandaloneCodec else { return 0 }
    let codes: [UInt8]
    let decoded: [Float]
    do {
      codes = try codec.encode(vectors, execution: execution)
      decoded = try codec.decode(codes.span.rawBytes)
    } catch {
      if error.code == .unsupported { return 0 }
      throw error
    }
    guard decoded.count == vectors.values.count else { return 0 }
    var (error, length) = (0.0, 0.0)
    for row in 0..<vectors.count {
      var (squaredError, squaredLength) = (0.0, 0.0)
      for place in row * dimension..<(row + 1) * dimension {
        let value = Double(vectors.values[place])
        let difference = Double(decoded[place]) - value
        squaredError += difference * difference
        squaredLength += value * value
      }
      error += squaredError.squareRoot()
      length += squaredLength.squareRoot()
    }
    let percent = 100 * error / length
    return percent.isFinite ? percent : 0
  }
}
