import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("ShardedIndex")
struct ShardedTests {
  private let rows = DataShape.clustered.make(601, dimension: 8, seed: 231)
  private let queries = DataShape.clustered.make(25, dimension: 8, seed: 232)

  private func make(_ key: String) throws -> any VectorIndex {
    try IndexSpec(parsing: key).makeIndex(dimension: 8, metric: .l2)
  }

  private func sharded(
    _ key: String, count: Int = 3, _ numbering: ShardedIndex.Numbering = .successive
  ) throws -> ShardedIndex {
    var index = try ShardedIndex(
      Array(repeating: make(key), count: count), numbering: numbering)
    try index.train(on: rows)
    return index
  }

  @Test("shards are filled evenly, and answer as one index would", arguments: 1...7)
  func flat(count: Int) throws {
    var whole = FlatIndex(dimension: 8)
    try whole.add(rows)
    var index = try sharded("Flat", count: count)
    try index.add(rows)
    let sizes = index.shards.map(\.count)
    #expect(sizes == (0..<count).map { (601 + count - 1 - $0) / count })
    for k in [1, 10, 300, 601, 700] {
      #expect(try index.search(queries, k: k) == whole.search(queries, k: k), "k \(k)")
    }
    #expect(try index.rangeSearch(queries, radius: 2) == whole.rangeSearch(queries, radius: 2))
    #expect(try index.reconstruct(600) == whole.reconstruct(600))
  }

  @Test("the range given to each shard evens them out")
  func ranges() {
    var generator = SplitMix64(seed: 233)
    for _ in 0..<500 {
      let before = (0..<1 + generator.integer(below: 6)).map { _ in generator.integer(below: 9) }
      let added = generator.integer(below: 25)
      let ranges = ShardedIndex.ranges(filling: before, with: added)
      let context = "\(before) + \(added): \(ranges)"
      #expect(ranges.count == before.count, "\(context)")
      #expect(ranges.reduce(0) { $1.lowerBound == $0 ? $1.upperBound : -1 } == added, "\(context)")
      let after = zip(before, ranges).map { $0 + $1.count }
      // Whoever got something has at most one more than the smallest.
      let most = zip(after, ranges).filter { !$1.isEmpty }.map(\.0).max() ?? 0
      #expect(added == 0 || most <= (after.min() ?? 0) + 1, "\(context)")
    }
  }

  @Test("successive ids stay when more is added")
  func growing() throws {
    var index = try sharded("Flat")
    try index.add(rows.rows(0..<100))
    try index.add(rows.rows(100..<400))
    #expect(index.shards.map(\.count) == [34, 33, 333])
    let exact = Oracle(rows.rows(0..<400), metric: .l2).nearest(queries, k: 9)
    expectSameNeighbors(try index.search(queries, k: 9), exact, tolerance: 1e-5)
  }

  @Test("global ids go to the shards that hold least")
  func global() throws {
    for key in ["IVF4,Flat", "IDMap,Flat", "IDMap2,HNSW8,Flat"] {
      var index = try sharded(key, .global)
      let ids = (0..<601).map { Int64(7 * $0 + 1_000_000_000_000) }
      try KnobSettings(parsing: index.knobs.isEmpty ? "" : "\(index.knobs[0].name)=600")
        .apply(to: &index)
      for (low, high) in [(0, 1), (1, 2), (2, 3), (3, 50), (50, 601)] {
        try index.add(rows.rows(low..<high), ids: Array(ids[low..<high]))
        let sizes = index.shards.map(\.count)
        #expect(sizes.max() ?? 0 <= (sizes.min() ?? 0) + 1, "\(key) \(sizes)")
      }
      let exact = Oracle(rows, metric: .l2, ids: ids).nearest(queries, k: 6)
      expectSameNeighbors(try index.search(queries, k: 6), exact, tolerance: 1e-5, key)
      #expect(try index.reconstruct(ids[77]) == Array(rows[77]), "\(key)")
      expectError(.notFound, key) { _ = try index.reconstruct(77) }
    }
  }

  @Test("shards that take no ids cannot be numbered globally, and are left alone")
  func noIDs() throws {
    // The first shard would take ids.
    var index = try ShardedIndex([make("IDMap,Flat"), make("Flat")], numbering: .global)
    expectError(.unsupported, naming: ["part 1", "id map"]) { try index.add(rows) }
    #expect(index.shards.map(\.count) == [0, 0])
    var successive = try sharded("IDMap,Flat")
    expectError(.unsupported, naming: ["global"]) {
      try successive.add(rows.rows(0..<2), ids: [1, 2])
    }
  }

  @Test("what does not fit together is refused")
  func misfits() throws {
    expectError(.invalidArgument) { _ = try ShardedIndex([]) }
    let flat = try make("Flat")
    for other in [
      FlatIndex(dimension: 9), FlatIndex(dimension: 8, metric: .l1),
      try IVFIndex(dimension: 8, listCount: 4),
    ] as [any VectorIndex] {
      expectError(.invalidArgument, naming: ["number 1"]) { _ = try ShardedIndex([flat, other]) }
    }
    var mapped = try IDMapIndex(flat)
    try mapped.add(rows.rows(0..<2), ids: [4, 5])
    expectError(.invalidArgument, naming: ["shard 1", "global"]) {
      _ = try ShardedIndex([flat, mapped])
    }
    var lists = try IVFIndex(dimension: 8, listCount: 4)
    try lists.train(on: rows)
    try lists.add(rows.rows(0..<2), ids: [0, 5])
    expectError(.invalidArgument, naming: ["shard 0", "global"]) { _ = try ShardedIndex([lists]) }
    let global = try ShardedIndex([flat, mapped], numbering: .global)
    #expect(try global.search(rows.rows(0..<1), k: 1).ids == [4])
  }

  @Test("shards come and go")
  func shards() throws {
    var index = try sharded("Flat", count: 2)
    try index.add(rows.rows(0..<10))
    var third = FlatIndex(dimension: 8)
    try third.add(rows.rows(10..<30))
    try index.append(shard: third)
    #expect(index.count == 30)
    #expect(try index.search(rows.rows(20..<21), k: 1).ids == [20])
    let removed = try index.remove(shardAt: 0)
    #expect(removed.count == 5 && index.count == 25)
    #expect(try index.search(rows.rows(20..<21), k: 1).ids == [15])
    expectError(.invalidArgument) { try index.append(shard: FlatIndex(dimension: 7)) }
    for number in [-1, 2] {
      expectError(.invalidArgument) { try index.remove(shardAt: number) }
    }
    try index.remove(shardAt: 1)
    expectError(.invalidArgument) { try index.remove(shardAt: 0) }
    #expect(index.count == 5)
  }

  @Test("ids that would not follow each other any more are not removed")
  func removing() throws {
    for key in ["IDMap,Flat", "IDMap,L2norm,Flat"] {
      var index = try sharded(key)
      try index.add(rows)
      expectError(.unsupported, key) { try index.remove(.range(0..<5)) }
      #expect(index.count == 601, "\(key)")
      try index.reset()
      #expect(index.count == 0 && index.isTrained, "\(key)")
      try KnobSettings(parsing: index.knobs.isEmpty ? "" : "nprobe=4").apply(to: &index)
      try index.add(rows)
      let found = try index.search(rows.rows(0..<50), k: 1)
      if !key.contains("L2norm") { #expect(found.ids == Array(0..<50), "\(key)") }
    }
    for key in ["L2norm,Flat", "IVF4,Flat", "HNSW8,Flat", "SQ8"] {
      var index = try sharded(key)
      try index.add(rows)
      let second = try index.reconstruct(450)
      #expect(try index.remove(.range(0..<300)) == 300 && index.count == 301)
      #expect(try index.reconstruct(150) == second, "\(key)")
    }
    var graphs = try sharded("HNSW8,Flat")
    try graphs.add(rows)
    try graphs.reset()
    #expect(graphs.count == 0)
  }

  @Test("filters are put in terms of the shards")
  func filters() throws {
    var index = try sharded("Flat", count: 4)
    try index.add(rows)
    var generator = SplitMix64(seed: 234)
    let bytes = (0..<60).map { _ in UInt8(generator.integer(below: 256)) }
    let filters: [IDFilter] = [
      .range(.min ..< .max), .range(140..<160), .range(.min..<3), .range(600 ..< .max),
      .bitmap(bytes), .not(.bitmap(bytes)), .list([.min, -1, 0, 150, 151, 600, 601, .max]),
      .all([.range(100..<500), .not(.range(200..<300))]), .any([.list([7]), .range(590..<700)]),
    ]
    for filter in filters {
      let options = SearchOptions(filter: filter)
      let exact = Oracle(rows, metric: .l2).nearest(queries, k: 12, filter: filter)
      let found = try index.search(queries, k: 12, options: options)
      expectSameNeighbors(found, exact, tolerance: 1e-5, "\(filter)")
    }
  }

  @Test("knobs reach every shard")
  func knobs() throws {
    var index: any VectorIndex = try sharded("IVF8_HNSW4,Flat")
    try KnobSettings(parsing: "nprobe=3,quantizer_efSearch=40").apply(to: &index)
    let shards = try #require(index as? ShardedIndex).shards
    #expect(shards.allSatisfy { $0.availableKnobs.map(\.value) == [3, 40, 40, .infinity, 0] })
    let mixed = try ShardedIndex([make("HNSW8,Flat"), make("Flat")])
    #expect(mixed.knobs.isEmpty)
    var set = mixed
    expectError(.unsupported) { try set.set("efSearch", to: 5) }
  }

  @Test("a shard that fails to be trained leaves all untrained")
  func training() throws {
    let lists = try IVFIndex(dimension: 8, listCount: 4)
    let greedy = try IVFIndex(dimension: 8, listCount: 400)
    var index = try ShardedIndex([lists, greedy])
    expectError(.insufficientData) { try index.train(on: rows.rows(0..<100)) }
    #expect(index.shards.allSatisfy { !$0.isTrained })
  }

  @Test("vectors get new values in the shards that hold their ids")
  func replacing() throws {
    let ids = (0..<601).map { Int64(7 * $0 + 1_000_000_000_000) }
    // All shards, out of order.
    let places = [600, 3, 250, 77, 401, 0, 199, 200, 201, 399, 400]
    let new = DataShape.clustered.make(places.count, dimension: 8, seed: 233)
    var changed = rows
    for (row, place) in places.enumerated() { changed[place] = new[row] }
    for key in [
      "IVF4,Flat", "IDMap,Flat", "IDMap2,HNSW8,Flat", "RR,IVF4,Flat", "IDMap,IVF4,Flat",
    ] {
      var index = try sharded(key, .global)
      try index.add(rows, ids: ids)
      try KnobSettings(parsing: index.knobs.isEmpty ? "" : "\(index.knobs[0].name)=600")
        .apply(to: &index)
      let before = index
      let named = places.map { ids[$0] }
      try index.replace(named.span, with: new.batch())
      #expect(index.shards.map(\.count) == before.shards.map(\.count), "\(key)")
      for (version, values) in [(index, changed), (before, rows)] {
        let exact = Oracle(values, metric: .l2, ids: ids).nearest(queries, k: 6)
        expectSameNeighbors(try version.search(queries, k: 6), exact, tolerance: 1e-4, key)
      }
      let missing = [ids[3], 5, ids[500]]
      let (three, two) = (new.rows(0..<3), new.rows(0..<2))
      expectError(.notFound, naming: ["5"], key) {
        try index.replace(missing.span, with: three.batch())
      }
      let twice = [ids[3], ids[3]]
      expectError(.invalidArgument, key) {
        try index.replace(twice.span, with: two.batch())
      }
      #expect(try index.reconstruct(ids[3]).count == 8)
      let exact = Oracle(changed, metric: .l2, ids: ids).nearest(queries, k: 6)
      expectSameNeighbors(try index.search(queries, k: 6), exact, tolerance: 1e-4, key)
    }
  }

  @Test("an id that several shards hold changes in all of them, also by direct maps")
  func replacingTwins() throws {
    for kind in [DirectMap.Kind.none, .hashTable] {
      var lists = try IVFIndex(dimension: 8, listCount: 3)
      lists.probes = 3
      try lists.train(on: rows)
      try lists.setDirectMap(kind)
      var other = lists
      try lists.add(rows.rows(0..<100), ids: (0..<100).map(Int64.init))
      try other.add(rows.rows(100..<150), ids: (50..<100).map(Int64.init))
      var index = try ShardedIndex([lists, other], numbering: .global)
      let new = DataShape.clustered.make(2, dimension: 8, seed: 234)
      let named: [Int64] = [60, 7]
      try index.replace(named.span, with: new.batch())
      #expect(index.shards.map(\.count) == [100, 50])
      for (row, wanted) in [[Int64(60), 60], [7]].enumerated() {
        let found = try index.search(new.rows(row..<row + 1), k: wanted.count)
        #expect(found.ids == wanted && found.distances.allSatisfy { $0 < 1e-6 }, "\(kind)")
      }
      let before = index
      let missing: [Int64] = [60, 100]
      expectError(.notFound) { try index.replace(missing.span, with: new.batch()) }
      #expect(try index.search(rows, k: 3) == before.search(rows, k: 3))
    }
  }
}
