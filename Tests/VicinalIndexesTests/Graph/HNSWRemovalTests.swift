import Synchronization
import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite struct HNSWRemovalTests {
  @Test(
    "an index that lost and gained 30 % three times finds as much as a fresh one",
    arguments: [Metric.l2, .innerProduct], [true, false])
  func churn(metric: Metric, isAccelerated: Bool) throws {
    let fixture = GraphFixture(count: 2000, metric: metric, queries: 300)
    let more = clusteredVectors(1800, dimension: fixture.dimension, seed: 21)
    var index = try fixture.makeIndex(links: 8, isAccelerated: isAccelerated)
    var rows = Vectors(fixture.values, dimension: fixture.dimension)
    let added = Vectors(more, dimension: fixture.dimension)
    var generator = SplitMix64(seed: 22)
    for turn in 0..<3 {
      let gone = Set(sampleWithoutReplacement(600, of: 2000, using: &generator))
      #expect(try index.remove(.ids(gone.map(Int64.init))) == 600)
      rows = rows.rows(at: (0..<2000).filter { !gone.contains($0) })
      let next = added.rows(turn * 600..<(turn + 1) * 600)
      try index.add(next)
      rows = rows + next
      try index.graph.validate(count: 2000)
      expectSoundLists(index.graph)
    }
    var fresh = try HNSWIndex(
      dimension: fixture.dimension, metric: metric, links: 8, isAccelerated: isAccelerated)
    var flat = FlatIndex(dimension: fixture.dimension, metric: metric)
    try fresh.add(rows)
    try flat.add(rows)
    let truth = try fixture.search(flat)
    for efSearch in [16, 32, 64] {
      let options = SearchOptions(efSearch: efSearch)
      let found = graphRecall(try fixture.search(index, options), of: truth)
      let expected = graphRecall(try fixture.search(fresh, options), of: truth)
      #expect(found > expected - 0.01, "efSearch \(efSearch), seeds 1, 21, 22")
    }
  }

  @Test("the repaired graph is the same for any number of workers and any instruction set")
  func determinism() throws {
    let fixture = GraphFixture(count: 3000)
    let filter = IDFilter.ids((0..<3000).filter { $0 * 7 % 10 < 3 })
    var reference = try fixture.makeIndex()
    let built = reference
    try reference.remove(filter, execution: Execution(workers: 1))
    for workers in [2, 3, 7] {
      var index = built
      try index.remove(filter, execution: Execution(workers: workers))
      #expect(index.graph == reference.graph, "\(workers) workers")
    }
    for level in KernelSet.available {
      var index = built
      try index.remove(filter, execution: Execution(kernels: level))
      #expect(index.graph == reference.graph, "\(level)")
      let found = try fixture.search(index, SearchOptions(execution: Execution(kernels: level)))
      let expected = try fixture.search(
        reference, SearchOptions(execution: Execution(kernels: level)))
      #expect(found == expected, "\(level)")
    }
  }

  @Test("the entry point and whole upper levels can go")
  func upperLevels() throws {
    let fixture = GraphFixture(count: 3000)
    let built = try fixture.makeIndex(links: 8)
    for lowest in [4, 3, 2] {
      var index = built
      let high = built.levels.indices.filter { Int(built.levels[$0]) >= lowest }
      try index.remove(.ids(high.map(Int64.init)))
      #expect(index.maxLevel == lowest - 2)
      try index.graph.validate(count: 3000 - high.count)
      expectSoundLists(index.graph)
      let kept = (0..<3000).filter { built.levels[$0] < lowest }
      let rows = Vectors(fixture.values, dimension: fixture.dimension).rows(at: kept)
      var flat = FlatIndex(dimension: fixture.dimension)
      try flat.add(rows)
      let found = try fixture.search(index, SearchOptions(efSearch: 64))
      #expect(try graphRecall(found, of: fixture.search(flat)) > 0.97, "levels below \(lowest)")
    }
  }

  @Test("when most vectors go, the rest is linked afresh", arguments: [51, 90, 99])
  func mostGone(percent: Int) throws {
    let fixture = GraphFixture(count: 2000)
    var index = try fixture.makeIndex()
    try index.remove(.ids((0..<2000).filter { $0 % 100 < percent }.map(Int64.init)))
    let kept = (0..<2000).filter { $0 % 100 >= percent }
    #expect(index.count == kept.count)
    try index.graph.validate(count: kept.count)
    var flat = FlatIndex(dimension: fixture.dimension)
    try flat.add(Vectors(fixture.values, dimension: fixture.dimension).rows(at: kept))
    let found = try fixture.search(index, SearchOptions(efSearch: 64))
    #expect(try graphRecall(found, of: fixture.search(flat)) > 0.97)
  }

  @Test("copies stay as they were, and cancelled work changes nothing")
  func snapshots() throws {
    let fixture = GraphFixture(count: 1500)
    var index = try fixture.makeIndex()
    let copy = index
    let graph = copy.graph
    let before = try fixture.search(copy)
    try index.remove(.range(100..<500))
    #expect(copy.graph == graph && copy.count == 1500)
    #expect(try fixture.search(copy) == before)

    var stopped = copy
    let asked = Atomic<Int>(0)
    let execution = Execution(isCancelled: { asked.add(1, ordering: .relaxed).newValue > 1 })
    let error = #expect(throws: IndexError.self) {
      try stopped.remove(.range(0..<1400), execution: execution)
    }
    #expect(error?.code == .cancelled)
    #expect(stopped.count == 1500 && stopped.graph == graph)
    #expect(try fixture.search(stopped) == before)
  }

  @Test("levels are drawn anew when vectors come and go one by one")
  func levelsOverTurns() throws {
    let fixture = GraphFixture(count: 600)
    var index = try GraphFixture(count: 50).makeIndex(links: 4)
    let all = Vectors(fixture.values, dimension: fixture.dimension)
    for turn in 0..<500 {
      try index.remove(.list([0]))
      try index.add(all.rows(turn..<turn + 1))
    }
    try index.graph.validate(count: 50)
    // A quarter of all nodes is above level 0 with M 4.
    #expect((4...24).contains(index.levels.count { $0 > 1 }), "seed \(index.seed)")
  }

  @Test("codes that fill several blocks of memory move with their vectors")
  func severalChunks() throws {
    // Blocks of this dimension hold 512 rows.
    let dimension = 16_400
    let rows = DataShape.uniform.make(540, dimension: dimension, seed: 23)
    var index = try HNSWIndex(dimension: dimension, links: 4)
    try index.add(rows)
    #expect(index.isAccelerated)
    let copy = index
    let kept = (0..<540).filter { $0 % 30 != 29 }
    try index.remove(.not(.ids(kept.map(Int64.init))))
    let left = rows.rows(at: kept)
    for (graph, vectors) in [(index, left), (copy, rows)] {
      let last = vectors.count - 1
      let chosen = [0, 28, 29, 30, last - 40, last - 1, last]
      let found = try graph.search(
        vectors.rows(at: chosen), k: 1, options: SearchOptions(efSearch: 540))
      #expect(found.ids == chosen.map(Int64.init))
      #expect(found.distances.allSatisfy { $0 == 0 })
    }
  }
}

/// No list names its own node, or another one twice.
func expectSoundLists(
  _ graph: HNSWGraph, sourceLocation: SourceLocation = #_sourceLocation
) {
  for node in graph.levels.indices {
    for level in 0..<Int(graph.levels[node]) {
      let links = graph.links(of: node, level: level)
      let isSound = !links.contains(Int32(node)) && Set(links).count == links.count
      #expect(isSound, "node \(node), level \(level)", sourceLocation: sourceLocation)
    }
  }
}
