import VicinalCoding
import VicinalCompute
import VicinalCore

/// Searching lists of codes: query by query, or list by list where queries of a batch are quickly
/// changed for one another.
extension IVFIndex {
  /// - Parameter givesPlaces: Whether hits are named by where they are, list number ≪ 32 | offset,
  ///   instead of by their ids.
  func scanCodes(
    _ queries: borrowing VectorBatch, k: Int, _ plan: ProbePlan,
    _ visited: VisitedLists, _ options: SearchOptions, givesPlaces: Bool = false
  ) throws(IndexError) -> [Neighbors] {
    let kernels = try KernelSet(options.execution.kernels)
    return try scanCodes(
      queries, plan, visited, options, givesPlaces: givesPlaces,
      groupQueries: max(8, min(1024, Self.groupHits / k)),
      collector: { HitCollector(k: k, metric: metric, kernels: kernels) },
      empty: { Neighbors(empty: $0, k: k, metric: metric) },
      drain: { $0.drain(into: &$1, query: $2) })
  }

  /// - Parameter givesPlaces: As above.
  func scanCodes(
    _ queries: borrowing VectorBatch, radius: Float, _ plan: ProbePlan,
    _ visited: VisitedLists, _ options: SearchOptions, givesPlaces: Bool = false
  ) throws(IndexError) -> [RangeNeighbors] {
    let kernels = try KernelSet(options.execution.kernels)
    return try scanCodes(
      queries, plan, visited, options, givesPlaces: givesPlaces, groupQueries: 64,
      collector: { HitCollector(radius: radius, metric: metric, kernels: kernels) },
      empty: { _ in RangeNeighbors(limits: [0], distances: [], ids: []) },
      drain: { hits, found, _ in hits.drain(into: &found) })
  }

  /// Hits that are held for queries that are shown the same lists: 4 MiB.
  private static var groupHits: Int { 1 << 18 }

  /// Collects the hits of each task, query after query.
  ///
  /// - Parameter groupQueries: Queries that are shown a list one after the other, where that is done.
  private func scanCodes<Part>(
    _ queries: borrowing VectorBatch, _ plan: ProbePlan, _ visited: VisitedLists,
    _ options: SearchOptions, givesPlaces: Bool, groupQueries: Int,
    collector: () -> HitCollector, empty: (Int) -> Part,
    drain: (inout HitCollector, inout Part, Int) -> Void
  ) throws(IndexError) -> [Part] {
    guard let codec else { return [] }
    let kernels = try KernelSet(options.execution.kernels)
    // Codes without bytes count as the centroid of their cell.
    let cells = isResidual || codec.codeSize == 0 ? try requireCellVectors() : nil
    let longest = longestList(of: plan, visited)
    return try parallelMap(plan.tasks.count, workers: options.execution.workerCount) {
      task throws(IndexError) in
      let (members, ranks) = plan.tasks[task]
      var visit = CodeVisit(
        scan: try CodeScan(
          codec, metric: metric, options: options.scanOptions(over: scanOptions),
          filter: options.filter, kernels: kernels, longest: longest),
        lists: visited, cells: cells, givesPlaces: givesPlaces,
        centroid: [Float](filling: dimension, with: 0))
      var part = empty(members.count)
      let batch = members.count > 1 ? visit.scan.scanner as? any BatchCodeScanner : nil
      let size = batch == nil ? 1 : groupQueries
      var hits = (0..<min(size, members.count)).map { _ in collector() }
      for first in stride(from: members.lowerBound, to: members.upperBound, by: size) {
        let group = first..<min(members.upperBound, first + size)
        if let batch {
          try scan(queries, group, ranks, by: batch, plan, options, &visit, &hits)
        } else {
          try scan(queries.row(first), first, ranks, plan, options, &visit, &hits[0])
        }
        for query in group { drain(&hits[query - first], &part, query - members.lowerBound) }
      }
      return part
    }
  }

  /// What visiting lists of codes takes, beside the list and the collector.
  private struct CodeVisit {
    var scan: CodeScan
    let lists: VisitedLists
    let cells: (any CellVectors)?
    let givesPlaces: Bool
    var centroid: [Float]
  }

  /// Shows a query its lists.
  private func scan(
    _ row: Span<Float>, _ query: Int, _ ranks: Range<Int>, _ plan: ProbePlan,
    _ options: SearchOptions, _ visit: inout CodeVisit, _ hits: inout HitCollector
  ) throws(IndexError) {
    try options.execution.checkCancellation()
    visit.scan.scanner.begin(query: row)
    for rank in ranks {
      let place = query * plan.probes + rank
      let list = plan.lists[place]
      if rank + 1 < ranks.upperBound {
        let next = plan.lists[place + 1]
        if next >= 0, next < listCount { visit.lists.prefetch(Int(next)) }
      }
      guard list >= 0, list < listCount else { continue }
      let content = visit.lists.place(of: Int(list))
      try show(
        content, Int(list), count: plan.count(at: place, of: content.count),
        distance: distance(plan, at: place), &visit, &hits)
    }
  }

  /// Shows each list to all queries of a group that visit it, the nearest list of each first.
  private func scan(
    _ queries: borrowing VectorBatch, _ group: Range<Int>, _ ranks: Range<Int>,
    by batch: any BatchCodeScanner, _ plan: ProbePlan, _ options: SearchOptions,
    _ visit: inout CodeVisit, _ hits: inout [HitCollector]
  ) throws(IndexError) {
    let rows = queries.rows(group)
    batch.begin(queries: rows.values, count: group.count)
    let middle = ranks.lowerBound + min(1, ranks.count)
    for part in [ranks.lowerBound..<middle, middle..<ranks.upperBound] where !part.isEmpty {
      let visits = ListVisits(
        plan, of: group, ranks: part, listCount: listCount, sizes: visit.lists.count(of:))
      for (number, run) in visits.runs.enumerated() {
        try options.execution.checkCancellation()
        if number + 1 < visits.runs.count { visit.lists.prefetch(visits.runs[number + 1].list) }
        let content = visit.lists.place(of: run.list)
        for index in run.first..<run.end {
          let member = Int(visits.queries[index])
          batch.choose(query: member)
          try show(
            content, run.list, count: run.count,
            distance: distance(plan, at: visits.places[index]), &visit, &hits[member])
        }
      }
    }
  }

  private func distance(_ plan: ProbePlan, at place: Int) -> Float {
    coarse.metric == metric ? plan.distances[place] : .nan
  }

  /// Codes in the longest list that is visited; unknown where they are so many that it is not worth
  /// looking.
  private func longestList(of plan: ProbePlan, _ visited: VisitedLists) -> Int {
    guard plan.lists.count <= 64 else { return .max }
    var longest = 0
    for list in plan.lists where list >= 0 && list < listCount {
      longest = max(longest, visited.count(of: Int(list)))
    }
    return longest
  }

  /// Shows the codes of one list to a collector, or the first `count` of them.
  private func show(
    _ content: ListPlace, _ list: Int, count: Int, distance: Float, _ visit: inout CodeVisit,
    _ hits: inout HitCollector
  ) throws(IndexError) {
    guard count > 0 else { return }
    let names = RowNames(
      ids: content.ids.bytes(keptBy: self), firstPlace: visit.givesPlaces ? Int64(list) << 32 : nil)
    let terms = content.terms.floats(keptBy: self)
    let termScanner = terms.count == content.count ? visit.scan.termScanner : nil
    if let cells = visit.cells,
      distance.isNaN || termScanner?.needsCentroids ?? true
    {
      var target = visit.centroid.mutableSpan
      try cells.copyCell(list, into: &target)
    }
    if let termScanner {
      termScanner.enter(centroid: visit.centroid.span, distance: distance)
    } else if visit.cells != nil {
      visit.scan.scanner.enter(cell: list, centroid: visit.centroid.span, distance: distance)
    }
    visit.scan.scan(
      content.codes.bytes(keptBy: self), count: count,
      terms: termScanner == nil ? Span() : terms, &hits, names)
  }
}
