import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("ReplicatedIndex")
struct ReplicatedTests {
  private let rows = DataShape.clustered.make(300, dimension: 8, seed: 241)
  private let queries = DataShape.clustered.make(17, dimension: 8, seed: 242)

  private func filled(_ key: String) throws -> any VectorIndex {
    var index = try IndexSpec(parsing: key).makeIndex(dimension: 8, metric: .l2)
    try index.train(on: rows)
    try index.add(rows)
    return index
  }

  @Test(
    "replicas answer as one of them, however many queries and replicas",
    arguments: ["Flat", "IVF4,Flat", "HNSW8,Flat"])
  func answers(key: String) throws {
    let one = try filled(key)
    for count in [1, 2, 5] {
      let index = try ReplicatedIndex(Array(repeating: one, count: count))
      #expect(index.count == 300 && index.isTrained && index.replicas.count == count)
      for asked in [0, 1, 3, 17] {
        let queries = queries.rows(0..<asked)
        #expect(try index.search(queries, k: 6) == one.search(queries, k: 6), "\(key) \(asked)")
        let range = try #require(one as? any RangeSearchable).rangeSearch(queries, radius: 3)
        #expect(try index.rangeSearch(queries, radius: 3) == range, "\(key) \(asked)")
      }
    }
  }

  @Test("changes reach every replica")
  func changes() throws {
    let lists = try filled("IVF4,Flat")
    var index = try ReplicatedIndex([lists, lists, lists])
    try index.set("nprobe", to: 4)
    try index.add(rows.rows(0..<1), ids: [5000])
    try index.add(rows.rows(0..<10))
    #expect(try index.remove(.range(0..<100)) == 100)
    #expect(index.replicas.allSatisfy { $0.count == 211 })
    let first = try index.replicas[0].search(queries, k: 5)
    for replica in index.replicas { #expect(try replica.search(queries, k: 5) == first) }
    #expect(try index.reconstruct(5000) == Array(rows[0]))
    #expect(lists.count == 300 && lists.availableKnobs[0].value == 1)
    try index.reset()
    #expect(index.replicas.allSatisfy { $0.count == 0 && $0.isTrained })
  }

  @Test("what does not fit together is refused")
  func misfits() throws {
    expectError(.invalidArgument) { _ = try ReplicatedIndex([]) }
    let flat = try filled("Flat")
    for other in [FlatIndex(dimension: 8), FlatIndex(dimension: 9)] {
      expectError(.invalidArgument, naming: ["number 1"]) {
        _ = try ReplicatedIndex([flat, other])
      }
    }
    var index = try ReplicatedIndex([flat])
    expectError(.invalidArgument) { try index.append(replica: FlatIndex(dimension: 8)) }
    expectError(.invalidArgument) { try index.remove(replicaAt: 0) }
    try index.append(replica: flat)
    expectError(.invalidArgument) { try index.remove(replicaAt: 2) }
    #expect(try index.remove(replicaAt: 1).count == 300 && index.replicas.count == 1)
    expectError(.unsupported) {
      try index.add(rows.rows(0..<1), ids: [1])
    }
    var graphs = try ReplicatedIndex([filled("HNSW8,Flat")])
    #expect(try graphs.remove(.range(0..<5)) == 5 && graphs.count == 295)
  }
}
