import VicinalCoding
import VicinalCompute
import VicinalCore

/// Searching lists of codes: query by query, list by list.
extension IVFIndex {
  /// - Parameter givesPlaces: Whether hits are named by where they are, list number ≪ 32 | offset,
  ///   instead of by their ids.
  func scanCodes(
    _ queries: borrowing VectorBatch, k: Int, _ plan: ProbePlan, _ options: SearchOptions,
    givesPlaces: Bool = false
  ) throws(IndexError) -> [Neighbors] {
    let kernels = try KernelSet(options.execution.kernels)
    return try scanCodes(queries, plan, options, givesPlaces: givesPlaces) {
      queries, ranks, visit throws(IndexError) in
      var found = Neighbors(empty: queries.count, k: k, metric: metric)
      var hits = HitCollector(k: k, metric: metric, kernels: kernels)
      for (place, query) in queries.enumerated() {
        try visit(query, ranks, &hits)
        hits.drain(into: &found, query: place)
      }
      return found
    }
  }

  /// - Parameter givesPlaces: As above.
  func scanCodes(
    _ queries: borrowing VectorBatch, radius: Float, _ plan: ProbePlan, _ options: SearchOptions,
    givesPlaces: Bool = false
  ) throws(IndexError) -> [RangeNeighbors] {
    let kernels = try KernelSet(options.execution.kernels)
    return try scanCodes(queries, plan, options, givesPlaces: givesPlaces) {
      queries, ranks, visit throws(IndexError) in
      var found = RangeNeighbors(limits: [0], distances: [], ids: [])
      var hits = HitCollector(radius: radius, metric: metric, kernels: kernels)
      for query in queries {
        try visit(query, ranks, &hits)
        hits.drain(into: &found)
      }
      return found
    }
  }

  private typealias Visit = (Int, Range<Int>, inout HitCollector) throws(IndexError) -> Void

  /// Runs `body` for each task, with a function that shows a query's lists to a collector.
  private func scanCodes<Part>(
    _ queries: borrowing VectorBatch, _ plan: ProbePlan, _ options: SearchOptions,
    givesPlaces: Bool,
    _ body: (Range<Int>, Range<Int>, Visit) throws(IndexError) -> Part
  ) throws(IndexError) -> [Part] {
    guard let codec else { return [] }
    let kernels = try KernelSet(options.execution.kernels)
    let scanOptions = options.scanOptions(over: scanOptions)
    let isDistanceKnown = coarse.metric == metric
    // Codes without bytes count as the centroid of their cell.
    let cells = isResidual || codec.codeSize == 0 ? try requireCellVectors() : nil
    let places = self.places.all(for: plan.lists.count, of: lists)
    let longest = longestList(of: plan)
    return try parallelMap(plan.tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, ranks) = plan.tasks[task]
      var scan = try CodeScan(
        codec, metric: metric, options: scanOptions, filter: options.filter, kernels: kernels,
        longest: longest)
      var centroid = [Float](filling: dimension, with: 0)
      return try body(members, ranks) { query, ranks, hits throws(IndexError) in
        try options.execution.checkCancellation()
        scan.scanner.begin(query: queries.row(query))
        for rank in ranks {
          let place = query * plan.probes + rank
          let list = plan.lists[place]
          guard list >= 0, list < listCount else { continue }
          let content = places.isEmpty ? ListPlace(lists.span[Int(list)]) : places[Int(list)]
          try visit(
            content, Int(list), count: plan.count(at: place, of: content.count),
            distance: isDistanceKnown ? plan.distances[place] : .nan,
            places: givesPlaces ? list << 32 : nil, cells, &centroid, &scan, &hits)
        }
      }
    }
  }

  /// Codes in the longest list that is visited; unknown where they are so many that it is not worth
  /// looking.
  private func longestList(of plan: ProbePlan) -> Int {
    guard plan.lists.count <= 64 else { return .max }
    var longest = 0
    for list in plan.lists where list >= 0 && list < listCount {
      longest = max(longest, lists.span[Int(list)].count)
    }
    return longest
  }

  /// Shows the codes of one list to a collector, or the first `count` of them.
  private func visit(
    _ content: ListPlace, _ list: Int, count: Int, distance: Float, places: Int64?,
    _ cells: (any CellVectors)?, _ centroid: inout [Float], _ scan: inout CodeScan,
    _ hits: inout HitCollector
  ) throws(IndexError) {
    guard count > 0 else { return }
    let names = RowNames(ids: content.ids.bytes(keptBy: self), firstPlace: places)
    let terms = content.terms.floats(keptBy: self)
    let hasTerms = scan.termScanner != nil && terms.count == content.count
    if let cells, !hasTerms || distance.isNaN || scan.termScanner?.needsCentroids ?? true {
      var target = centroid.mutableSpan
      try cells.copyCell(list, into: &target)
    }
    if hasTerms {
      scan.termScanner?.enter(centroid: centroid.span, distance: distance)
    } else if cells != nil {
      scan.scanner.enter(cell: list, centroid: centroid.span, distance: distance)
    }
    scan.scan(
      content.codes.bytes(keptBy: self), count: count, terms: hasTerms ? terms : Span(), &hits,
      names)
  }
}
