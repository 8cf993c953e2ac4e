import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Quality of approximate binary indexes")
struct BinaryQualityTests {
  let rows = BitVectors.random(6000, dimension: 128, seed: 31)
  // Stored vectors with some bits changed have near neighbours.
  private func makeQueries() -> BitVectors {
    var queries = rows.rows(100..<200)
    var generator = SplitMix64(seed: 32)
    for row in 0..<100 {
      for _ in 0..<12 {
        let bit = generator.integer(below: 128)
        queries.bytes[row * 16 + bit / 8] ^= 1 << UInt8(bit % 8)
      }
    }
    return queries
  }

  private func recall(_ index: any BinaryIndex, _ options: SearchOptions) throws -> Double {
    let queries = makeQueries()
    let truth = rows.neighbors(of: queries, k: 10)
    let found = try index.search(queries.batch(), k: 10, options: options)
    var hits = 0
    for query in 0..<100 {
      // Ties at the tenth place are as good as each other.
      let last = truth.distances[query * 10 + 9]
      hits += (0..<10).count { found.distances[query * 10 + $0] <= last }
    }
    return Double(hits) / 1000
  }

  @Test("the graph finds nearly all at a moderate width")
  func graph() throws {
    var index = try BinaryHNSWIndex(dimension: 128, links: 16)
    try index.add(rows.batch())
    index.efSearch = 256
    #expect(try recall(index, SearchOptions()) > 0.9)
    #expect(
      try recall(index, SearchOptions(efSearch: 16)) < recall(index, SearchOptions(efSearch: 512)))
  }

  @Test("more probes find more")
  func probes() throws {
    var index = try BinaryIVFIndex(dimension: 128, listCount: 32)
    try index.train(on: rows.batch())
    try index.add(rows.batch())
    let recalls = try [1, 4, 16, 32].map { try recall(index, SearchOptions(probes: $0)) }
    #expect(recalls == recalls.sorted() && recalls[0] > 0.15 && recalls[3] == 1, "\(recalls)")
  }

  @Test("cells follow the data")
  func cells() throws {
    // Four groups around far points: each must get a cell.
    let centres = BitVectors.random(3, dimension: 128, seed: 40)
    var bytes: [UInt8] = []
    var generator = SplitMix64(seed: 41)
    for row in 0..<300 {
      var vector = Array(centres[row % 3])
      for _ in 0..<4 { vector[generator.integer(below: 16)] ^= 1 << UInt8(row % 8) }
      bytes += vector
    }
    let data = BitVectors(bytes, dimension: 128)
    var index = try BinaryIVFIndex(dimension: 128, listCount: 3)
    try index.train(on: data.batch())
    try index.add(data.batch())
    #expect((0..<3).map { index.listSize($0) } == [100, 100, 100])
    let coarse = try #require(index.coarse as? BinaryFlatIndex)
    for cell in 0..<3 {
      let bits = try coarse.reconstruct(Int64(cell))
      #expect((0..<3).contains { BitVectors.distance(bits[...], centres[$0]) <= 2 })
    }
  }

  @Test("hash tables reach buckets by flipping bits")
  func hashes() throws {
    var index = try BinaryHashIndex(dimension: 128, hashBits: 12)
    var tables = try BinaryMultiHashIndex(dimension: 128, tableCount: 8, hashBits: 12)
    try index.add(rows.batch())
    try tables.add(rows.batch())
    var recalls: [Double] = []
    for flips in 0...3 {
      index.flips = flips
      tables.flips = flips
      recalls += [try recall(index, SearchOptions()), try recall(tables, SearchOptions())]
    }
    #expect(recalls[6] > recalls[2] && recalls[2] > recalls[0], "\(recalls)")
    #expect(recalls[7] > recalls[1] && recalls[7] > 0.5 && recalls[1] > recalls[0], "\(recalls)")
  }

  @Test("a graph does not depend on threads or kernels")
  func determinism() throws {
    let front = rows.rows(0..<2000)
    var graphs: [HNSWGraph] = []
    for workers in [1, 4] {
      for level in [KernelLevel.portable, nil] {
        var index = try BinaryHNSWIndex(dimension: 128, links: 8)
        try index.add(
          front.batch(), execution: Execution(workers: workers, kernels: level))
        graphs.append(index.graph)
      }
    }
    #expect(graphs.allSatisfy { $0 == graphs[0] })
    try graphs[0].validate(count: 2000)
  }
}
