import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes

@Suite struct HNSWGraphTests {
  private static func sound() throws -> HNSWGraph {
    try GraphFixture(count: 400).makeIndex(links: 4).graph
  }

  private static let damages: [(String, @Sendable (inout HNSWGraph) -> Void)] = [
    ("a link beyond the nodes", { $0.neighbors[3] = 400 }),
    ("a negative link", { $0.neighbors[3] = -2 }),
    ("an entry point beyond the nodes", { $0.entryPoint = 400 }),
    ("an entry point below -1", { $0.entryPoint = -7 }),
    ("no entry point", { $0.entryPoint = -1 }),
    ("a wrong highest level", { $0.maxLevel += 1 }),
    ("a negative highest level", { $0.maxLevel = -1 }),
    ("a node without levels", { $0.levels[5] = 0 }),
    ("a node with too many levels", { $0.levels[5] = 100 }),
    ("levels of too few nodes", { $0.levels.removeLast() }),
    ("a first offset that is not 0", { $0.offsets[0] = 1 }),
    ("a wrong offset", { $0.offsets[7] += 1 }),
    ("an offset at the end of the number range", { $0.offsets[7] = .max }),
    ("too few offsets", { $0.offsets.removeLast() }),
    ("too few slots", { $0.neighbors.removeLast() }),
    ("a table that falls", { $0.cumulative[2] = 1 }),
    ("a table that does not begin with 0", { $0.cumulative[0] = 1 }),
    ("no table", { $0.cumulative = [] }),
    ("a probability above 1", { $0.assignProbabilities[0] = 2 }),
    ("a probability that is no number", { $0.assignProbabilities[0] = .nan }),
    ("an efSearch of 0", { $0.efSearch = 0 }),
    (
      "a link on a level that the neighbour does not have",
      { graph in
        guard let low = graph.levels.firstIndex(of: 1), let high = graph.levels.firstIndex(of: 2)
        else { return }
        graph.neighbors[Int(graph.offsets[high]) + Int(graph.cumulative[1])] = Int32(low)
      }
    ),
  ]

  @Test("damaged graphs are refused", arguments: damages.indices)
  func damaged(number: Int) throws {
    var graph = try Self.sound()
    try graph.validate(count: 400)
    let (name, damage) = Self.damages[number]
    damage(&graph)
    let error = #expect(throws: IndexError.self, "\(name)") { try graph.validate(count: 400) }
    #expect(error?.code == .corruptFile, "\(name)")
  }

  @Test("an empty graph is sound only if it is empty")
  func empty() throws {
    var graph = HNSWGraph(links: 32)
    try graph.validate(count: 0)
    #expect(throws: IndexError.self) { try graph.validate(count: 1) }
    graph.maxLevel = 0
    #expect(throws: IndexError.self) { try graph.validate(count: 0) }
  }

  @Test("an index taken over from its parts searches and grows like the original")
  func takeover() throws {
    let fixture = GraphFixture(count: 1000)
    var original = try fixture.makeIndex()
    var copy = try HNSWIndex(rows: original.rows, graph: original.graph, isAccelerated: true)
    #expect(copy.links == 16)
    #expect(try fixture.search(copy) == fixture.search(original))
    try original.add(VectorBatch(fixture.queries.span, dimension: fixture.dimension))
    try copy.add(VectorBatch(fixture.queries.span, dimension: fixture.dimension))
    #expect(copy.graph == original.graph)
    #expect(throws: IndexError.self) {
      try HNSWIndex(rows: original.rows, graph: HNSWGraph(links: 16), isAccelerated: true)
    }
  }

  @Test("tables are faiss's for every M", arguments: [2, 4, 8, 16, 32, 48, 64, 1024])
  func tables(links: Int) {
    let graph = HNSWGraph(links: links)
    #expect(graph.cumulative.count == graph.assignProbabilities.count + 1)
    #expect(graph.cumulative[1] == Int32(2 * links))
    #expect(abs(graph.assignProbabilities.reduce(0, +) - 1) < 1e-6)
    #expect(graph.assignProbabilities.allSatisfy { Double(Float($0)) == $0 && $0 >= 1e-9 })
  }
}
