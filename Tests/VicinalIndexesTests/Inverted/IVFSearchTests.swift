import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("IVFIndex: searching")
struct IVFSearchTests {
  /// Float sums of 16 terms; an int8 pass that is certified changes nothing.
  private let tolerance: Tolerance = 1e-5

  @Test(
    "visiting every list is exact",
    arguments: [DataShape.clustered, .integers, .constant, .outlier, .zeros, .offset],
    [Metric.l2, .innerProduct])
  func allLists(shape: DataShape, metric: Metric) throws {
    let data = IVFData(1200, metric: metric, shape: shape)
    for isAccelerated in [true, false] {
      let index = try data.filled(isAccelerated: isAccelerated)
      for k in [1, 10, 1300] {
        expectSameNeighbors(
          try data.search(index, k: k), data.oracle().nearest(data.queries, k: k),
          tolerance: tolerance, "\(data.description), accelerated \(isAccelerated)")
      }
    }
  }

  @Test("recall grows with the lists visited and ends at 1", arguments: [Metric.l2, .innerProduct])
  func probes(metric: Metric) throws {
    let data = IVFData(4000, metric: metric, listCount: 64, shape: .uniform)
    let index = try data.filled()
    let exact = data.oracle().nearest(data.queries, k: 10)
    var last = 0.0
    for probes in [1, 2, 4, 8, 16, 32, 64] {
      let found = try data.search(index, probes: probes)
      expectGoodNeighbors(found, exact, recall: 0, tolerance: tolerance, "\(probes) probes")
      let hits = (0..<20).reduce(0) { sum, query in
        sum + Set(exact.ids(query)).intersection(found.row(query).map(\.id)).count
      }
      let recall = Double(hits) / 200
      #expect(recall >= last, "\(probes) probes, \(data.description)")
      last = recall
    }
    #expect(last == 1, "\(data.description)")
  }

  @Test(
    "a limit of codes cuts the last list, alone and in batches, with and without a filter",
    arguments: ["IVF20,Flat", "IVF20,SQ8", "IVF20,PQ4x4fs", "IVF20,RaBitQ"])
  func limitOfCodes(key: String) throws {
    let data = IVFData(1200, dimension: 16)
    var made = try IndexSpec(parsing: key).makeIndex(
      dimension: 16, metric: .l2, isAccelerated: true)
    try made.train(on: data.rows)
    try made.add(data.rows)
    let index = try #require(made as? IVFIndex)
    let filters: [IDFilter?] = [nil, .range(100..<700)]
    for (limit, filter) in [1, 7, 33, 150, 1200].flatMap({ limit in filters.map { (limit, $0) } }) {
      let options = SearchOptions(probes: 20, maxCodes: limit, filter: filter)
      let together = try index.search(data.queries, k: 10, options: options)
      for number in 0..<data.queries.count {
        let query = data.queries.rows(number..<number + 1)
        let alone = try index.search(query, k: 10, options: options)
        #expect(
          alone.row(0).map(\.id) == together.row(number).map(\.id), "\(limit), \(data.description)")
        // The codes that may be looked at, in the order of the cells.
        let order = try index.coarse.search(query, k: 20).ids
        let seen = order.flatMap { list in
          (0..<index.lists[Int(list)].count).map { index.lists[Int(list)].id(at: $0) }
        }.prefix(limit)
        let allowed = IDFilter.ids(seen.filter { filter?.contains($0) ?? true })
        let wanted = try index.search(
          query, k: 10, options: SearchOptions(probes: 20, filter: allowed))
        #expect(wanted.row(0).map(\.id) == alone.row(0).map(\.id), "\(limit), \(data.description)")
      }
    }
  }

  @Test("probes of the index, of the options, and more than there are lists")
  func probeSettings() throws {
    let data = IVFData()
    var index = try data.filled()
    #expect(index.probes == 1)
    let one = try index.search(data.queries, k: 5)
    #expect(try one == data.search(index, k: 5, probes: 1))
    index.probes = 7
    #expect(try index.search(data.queries, k: 5) == data.search(index, k: 5, probes: 7))
    #expect(try data.search(index, k: 5, probes: .max) == data.search(index, k: 5, probes: 20))
    index.probes = -4
    #expect(index.probes == 1)
    expectError(.invalidArgument, naming: ["0"]) { _ = try data.search(index, probes: 0) }
    expectError(.unsupported, naming: ["efSearch"]) {
      _ = try index.search(data.queries, k: 5, options: SearchOptions(efSearch: 9))
    }
    expectError(.unsupported, naming: ["efSearch"]) {
      _ = try index.search(data.queries, k: 5, options: SearchOptions(coarseEfSearch: 9))
    }
  }

  @Test("filters hide all other ids", arguments: [Metric.l2, .innerProduct])
  func filters(metric: Metric) throws {
    let data = IVFData(1000, metric: metric)
    let index = try data.filled()
    let filters: [IDFilter] = [
      .range(100..<400), .ids([3, 999, 500, 12345]), .not(.range(0..<990)), .any([]), .all([]),
      .bitmap([UInt8](repeating: 0b1000_0001, count: 125)),
    ]
    for filter in filters {
      expectSameNeighbors(
        try data.search(index, filter: filter),
        data.oracle().nearest(data.queries, k: 10, filter: filter), tolerance: tolerance,
        "\(data.description), \(filter)")
    }
  }

  @Test(
    "range search over every list finds everything within", arguments: [Metric.l2, .innerProduct])
  func range(metric: Metric) throws {
    let data = IVFData(1000, metric: metric)
    let index = try data.filled()
    let values = data.oracle().nearest(data.queries, k: 1).queries[0].map { Float($0.value) }
    for radius in [values[0], values[30], values[500], metric.worst, -metric.worst] {
      for filter in [nil, IDFilter.range(200..<700)] {
        let found = try index.rangeSearch(
          data.queries, radius: radius, options: SearchOptions(probes: 20, filter: filter))
        expectSameRange(
          found, data.oracle(), data.queries, radius: radius, filter: filter,
          tolerance: tolerance, "\(data.description)")
      }
    }
    expectError(.invalidArgument) { _ = try index.rangeSearch(data.queries, radius: .nan) }
  }

  @Test("int8 companions change no bit of a result", arguments: [Metric.l2, .innerProduct])
  func acceleration(metric: Metric) throws {
    let data = IVFData(1500, metric: metric)
    var index = try data.filled()
    let with = try [1, 3, 20].map { try data.search(index, probes: $0) }
    let bytes = index.byteCount
    try index.setAccelerated(false)
    #expect(!index.isAccelerated && index.byteCount < bytes)
    #expect(
      try [1, 3, 20].map { try data.search(index, probes: $0) } == with, "\(data.description)")
    try index.setAccelerated(true)
    #expect(index.isAccelerated && index.byteCount == bytes)
    #expect(
      try [1, 3, 20].map { try data.search(index, probes: $0) } == with, "\(data.description)")
  }

  @Test(
    "threads change no bit of index or result, on any instruction set",
    arguments: printingSkips(KernelSet.available))
  func threads(level: KernelLevel) throws {
    let data = IVFData(1500)
    let one = Execution(workers: 1, kernels: level)
    let index = try data.filled(execution: one)
    let found = try data.search(index, probes: 5, execution: one)
    for workers in [2, 3, 8] {
      let many = Execution(workers: workers, kernels: level)
      let other = try data.filled(execution: many)
      #expect(other.listIDs == index.listIDs, "\(workers) workers, \(level)")
      #expect(try other.contents() == index.contents(), "\(workers) workers, \(level)")
      #expect(
        try data.search(other, probes: 5, execution: many) == found, "\(workers) workers, \(level)")
    }
  }

  @Test("a graph over the cells finds nearly the same")
  func graphOverCells() throws {
    let data = IVFData(4000, listCount: 100, shape: .uniform)
    let graph = try HNSWIndex(dimension: 16, links: 16)
    var index = try data.filled(coarse: graph)
    let exact = data.oracle().nearest(data.queries, k: 10)
    let wide = SearchOptions(probes: 100, coarseEfSearch: 200)
    expectGoodNeighbors(
      try index.search(data.queries, k: 10, options: wide), exact, recall: 0.99,
      tolerance: tolerance, data.description)
    #expect(
      try index.exhaustiveSearch(data.queries.batch(), k: 10, execution: Execution()).ids
        == exact.queries.flatMap { $0.prefix(10).map(\.id) })
    try index.setCoarseEfSearch(200)
    #expect((index.coarse as? any GraphSearching)?.efSearch == 200)
    var plain = try data.trained()
    expectError(.unsupported, naming: ["efSearch"]) { try plain.setCoarseEfSearch(9) }
  }

  @Test("an index without vectors, and k beyond the count, are padded")
  func padding() throws {
    let data = IVFData(30, listCount: 3)
    var index = try data.trained()
    #expect(try data.search(index, k: 4) == Neighbors(empty: 20, k: 4, metric: .l2))
    try index.add(data.rows.rows(0..<2))
    let found = try data.search(index, k: 4)
    #expect((0..<20).allSatisfy { found.row($0).count == 2 && found.ids[$0 * 4 + 3] == -1 })
  }
}
