import Synchronization
import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes

@Suite struct HNSWBuildTests {
  @Test("graph and results are the same for any number of workers")
  func workers() throws {
    let fixture = GraphFixture(count: 3000)
    let reference = try fixture.makeIndex(execution: Execution(workers: 1))
    let found = try fixture.search(
      reference, SearchOptions(execution: Execution(workers: 1)))
    for workers in [2, 3, 7] {
      let execution = Execution(workers: workers)
      let index = try fixture.makeIndex(execution: execution)
      #expect(index.graph == reference.graph, "\(workers) workers")
      #expect(try fixture.search(index, SearchOptions(execution: execution)) == found)
    }
  }

  @Test("a graph that was staged in pieces has nothing left to trim")
  func trimmed() throws {
    let dimension = 32
    let values = [Float](repeating: 0.5, count: 700 * dimension)
    // Pieces do not divide a chunk, whose rows need room to grow in between.
    let part = try VectorBatch(values.span, dimension: dimension)
    var index = try HNSWIndex(dimension: dimension, links: 2, isAccelerated: false)
    index.efConstruction = 1
    for _ in 0..<3 { try index.stage(part, execution: Execution()) }
    try index.linkStaged(Execution())
    // Rows that grew lie in whole pages.
    let room = index.rows.byteCount - index.rows.count * dimension * 4
    #expect((0..<16_384).contains(room))
  }

  @Test("full chunks of rows have no room left over")
  func chunks() throws {
    let dimension = 2_048
    var rows = RowChunks(dimension: dimension, metric: .l2, isAccelerated: false)
    let values = [Float](repeating: 1, count: 3 * dimension)
    let part = try VectorBatch(values.span, dimension: dimension)
    while rows.count < 2 * rows.chunkRows { rows.append(part, kernels: try KernelSet()) }
    for block in rows.blocks.prefix(2) {
      #expect(block.byteCount == rows.chunkRows * dimension * 4)
    }
  }

  @Test("adding after a copy leaves the copy as it was")
  func snapshots() throws {
    let fixture = GraphFixture(count: 2000)
    var index = try fixture.makeIndex()
    let copy = index
    let graph = copy.graph
    let before = try fixture.search(copy)
    try index.add(VectorBatch(fixture.queries.span, dimension: fixture.dimension))
    #expect(copy.count == 2000 && index.count == 2100)
    #expect(copy.graph == graph)
    #expect(try fixture.search(copy) == before)
    try index.graph.validate(count: 2100)
  }

  @Test("a graph grown in many calls is sound and as good")
  func incrementalAdd() throws {
    let fixture = GraphFixture(count: 3000)
    var index = try HNSWIndex(dimension: fixture.dimension, links: 16)
    let all = try VectorBatch(fixture.values.span, dimension: fixture.dimension)
    var first = 0
    for size in [1, 1, 2, 10, 100, 500, 700, 1000, 686] {
      try index.add(all.rows(first..<first + size))
      first += size
      try index.graph.validate(count: first)
    }
    #expect(index.count == 3000)
    let found = try fixture.search(index, SearchOptions(efSearch: 64))
    #expect(try graphRecall(found, of: fixture.exact()) > 0.97)
  }

  @Test("vectors that come cluster by cluster are linked as well as scattered ones")
  func sortedData() throws {
    let dimension = 16
    var values: [Float] = []
    var generator = SplitMix64(seed: 8)
    for cluster in 0..<20 {
      for _ in 0..<200 {
        for column in 0..<dimension {
          let centre: Float = column == cluster % dimension ? 10 + Float(cluster) : 0
          values.append(centre + Float.random(in: -1...1, using: &generator))
        }
      }
    }
    var flat = FlatIndex(dimension: dimension)
    var whole = try HNSWIndex(dimension: dimension, links: 16)
    var pieces = whole
    let all = try VectorBatch(values.span, dimension: dimension)
    try flat.add(all)
    try whole.add(all)
    for first in stride(from: 0, to: 4000, by: 400) {
      try pieces.add(all.rows(first..<first + 400))
    }
    let truth = try flat.search(all.rows(0..<200), k: 10)
    for index in [whole, pieces] {
      let found = try index.search(
        all.rows(0..<200), k: 10, options: SearchOptions(efSearch: 64))
      #expect(graphRecall(found, of: truth) > 0.97)
    }
  }

  @Test("levels, tables and lists are as faiss lays them out")
  func layout() throws {
    let index = try GraphFixture(count: 5000).makeIndex()
    let graph = index.graph
    try graph.validate(count: 5000)
    #expect(Array(graph.cumulative.prefix(4)) == [0, 32, 48, 64])
    #expect(graph.assignProbabilities.first == 0.9375)
    #expect(graph.efConstruction == 40 && graph.efSearch == 16)
    let upper = graph.levels.filter { $0 > 1 }.count
    #expect((200...450).contains(upper))
    for node in 0..<5000 {
      let links = graph.links(of: node, level: 0)
      #expect(!links.isEmpty && !links.contains(Int32(node)) && Set(links).count == links.count)
    }
  }

  @Test("a row that is not finite is named, and nothing is added")
  func notFinite() throws {
    var index = try GraphFixture(count: 20).makeIndex()
    var values = [Float](repeating: 1, count: 3 * 32)
    values[2 * 32 + 5] = .nan
    let error = #expect(throws: IndexError.self) {
      try index.add(VectorBatch(values.span, dimension: 32))
    }
    #expect(error?.code == .notFinite && error?.message.contains("row 2") == true)
    #expect(index.count == 20)
  }

  @Test("cancelled work leaves the index as it was, and progress reaches the end")
  func cancellation() throws {
    let fixture = GraphFixture(count: 1000)
    var index = try fixture.makeIndex()
    let graph = index.graph
    let asked = Atomic<Int>(0)
    let execution = Execution(isCancelled: { asked.add(1, ordering: .relaxed).newValue > 5 })
    let error = #expect(throws: IndexError.self) {
      try index.add(
        VectorBatch(fixture.values.span, dimension: fixture.dimension), execution: execution)
    }
    #expect(error?.code == .cancelled)
    #expect(index.count == 1000 && index.graph == graph)

    let last = Mutex<WorkProgress?>(nil)
    try index.add(
      VectorBatch(fixture.values.span, dimension: fixture.dimension),
      execution: Execution(progress: { progress in last.withLock { $0 = progress } }))
    #expect(last.withLock { $0 } == WorkProgress(step: "link", done: 1000, total: 1000))
  }

  @Test("a few vectors for a large graph are added without a copy of it, and cannot be cancelled")
  func smallAdditions() throws {
    let fixture = GraphFixture(count: 2 * HNSWIndex.leastCancellableShare, dimension: 4)
    var index = try fixture.makeIndex()
    let cancelled = Execution(isCancelled: { true })
    func add(_ count: Int) throws {
      try index.add(
        VectorBatch(fixture.values.span.extracting(0..<count * 4), dimension: 4),
        execution: cancelled)
    }
    try add(1)
    #expect(index.count == 2 * HNSWIndex.leastCancellableShare + 1)
    #expect(throws: IndexError.self) { try add(2) }
    #expect(index.count == 2 * HNSWIndex.leastCancellableShare + 1)
  }

  @Test("merging, copying a part and reconstructing keep the vectors")
  func rows() throws {
    let fixture = GraphFixture(count: 300)
    var index = try fixture.makeIndex()
    var other = index
    try index.merge(from: &other, idOffset: 0)
    #expect(index.count == 600 && other.count == 0)
    #expect(try index.reconstruct(301) == Array(fixture.values[32..<64]))
    try index.graph.validate(count: 600)
    var part = try HNSWIndex(dimension: fixture.dimension)
    try index.copySubset(.ids(0..<100), to: &part)
    #expect(part.count == 100)
    #expect(try part.reconstruct(99) == index.reconstruct(99))
    try other.add(VectorBatch(fixture.values.span, dimension: fixture.dimension))
    #expect(other.count == 300)
  }

  @Test("codes can be switched off and on again")
  func accelerationSwitch() throws {
    let fixture = GraphFixture(count: 1000)
    var index = try fixture.makeIndex()
    let before = try fixture.search(index)
    let bytes = index.byteCount
    try index.setAccelerated(false)
    #expect(index.byteCount < bytes)
    let truth = try fixture.exact()
    #expect(try graphRecall(fixture.search(index, SearchOptions(efSearch: 64)), of: truth) > 0.97)
    try index.setAccelerated(true)
    #expect(try fixture.search(index) == before)
  }
}
