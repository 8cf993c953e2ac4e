import Synchronization
import Testing
import VicinalCoding
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("IVFIndex: training and adding")
struct IVFTrainingTests {
  @Test(
    "the lists divide the ids among them, every vector in the list of its nearest cell",
    arguments: [Metric.l2, .innerProduct])
  func partition(metric: Metric) throws {
    let data = IVFData(metric: metric)
    let index = try data.filled()
    #expect(index.listIDs.flatMap { $0 }.sorted() == (0..<2000).map { $0 }, "\(data.description)")
    #expect(index.listIDs.allSatisfy { $0 == $0.sorted() }, "lists keep the order of adding")
    #expect((0..<20).map { index.listSize($0) } == index.listIDs.map { $0.count })
    let cells = try #require(index.coarse as? FlatIndex)
    let nearest = try cells.search(data.rows, k: 1).ids
    for (list, ids) in index.listIDs.enumerated() {
      #expect(ids.allSatisfy { nearest[Int($0)] == Int64(list) }, "list \(list)")
    }
  }

  @Test("imbalance is 1 for equal lists and the list count for a single full one")
  func imbalance() throws {
    let corners = Vectors((0..<40).flatMap { [Float($0 % 4) * 10, 0] }, dimension: 2)
    var cells = FlatIndex(dimension: 2)
    try cells.add(corners.rows(0..<4))
    var index = try IVFIndex(dimension: 2, listCount: 4, coarse: cells)
    #expect(index.isTrained && index.imbalance == 1)
    try index.add(corners)
    #expect(abs(index.imbalance - 1) < 1e-12)
    try index.reset()
    #expect(index.count == 0 && index.isTrained)
    try index.add(corners.rows(at: [1, 5, 9]))
    #expect(abs(index.imbalance - 4) < 1e-12)
  }

  @Test("adding in any pieces gives the same index")
  func pieces() throws {
    let data = IVFData(700)
    let whole = try data.filled()
    var grown = try data.trained()
    for range in [0..<1, 1..<300, 300..<300, 300..<700] { try grown.add(data.rows.rows(range)) }
    #expect(grown.listIDs == whole.listIDs)
    #expect(try data.search(grown, probes: 3) == data.search(whole, probes: 3))
  }

  @Test("a copy is a snapshot, whatever happens to the original")
  func snapshot() throws {
    let data = IVFData(900)
    var index = try data.filled()
    try index.setDirectMap(.hashTable)
    let snapshot = index
    let before = try data.search(snapshot)
    try index.add(data.queries)
    try index.remove(.range(0..<500))
    try index.setAccelerated(false)
    #expect(snapshot.count == 900 && index.count == 420)
    #expect(try data.search(snapshot) == before)
    #expect(try snapshot.reconstruct(3) == Array(data.rows[3]))
    expectError(.notFound) { _ = try index.reconstruct(3) }
  }

  @Test("misuse of training is a typed error and leaves the index as it was")
  func trainingErrors() throws {
    let data = IVFData(100, listCount: 20)
    var index = try IVFIndex(dimension: 16, listCount: 20)
    expectError(.insufficientData, naming: ["19", "20"]) {
      try index.train(on: data.rows.rows(0..<19))
    }
    expectError(.dimensionMismatch, naming: ["3", "16"]) {
      try index.train(on: Vectors([1, 2, 3], dimension: 3))
    }
    var broken = data.rows
    broken.values[40 * 16] = .infinity
    expectError(.notFinite, naming: ["row 40"]) { try index.train(on: broken) }
    expectError(.cancelled) {
      try index.train(on: data.rows, execution: Execution(isCancelled: { true }))
    }
    expectError(.notTrained) { try index.add(data.rows) }
    expectError(.notTrained) { _ = try index.search(data.queries, k: 1) }
    #expect(!index.isTrained && index.count == 0)
    try index.train(on: data.rows)
    #expect(index.isTrained && index.trainingWarnings.count == 1, "5 points per cell are few")
    let cells = index.coarse
    try index.train(on: data.queries)
    #expect((index.coarse as? FlatIndex)?.count == cells.count, "trained cells stay")
  }

  @Test("misuse of adding is a typed error and leaves the index as it was")
  func addingErrors() throws {
    let data = IVFData(300)
    var index = try data.filled()
    try index.setDirectMap(.hashTable)
    let before = index.listIDs
    var broken = data.queries
    broken.values[7 * 16 + 2] = .nan
    expectError(.notFinite, naming: ["row 7"]) { try index.add(broken) }
    expectError(.dimensionMismatch) { try index.add(Vectors([1], dimension: 1)) }
    expectError(.invalidArgument, naming: ["20", "3"]) {
      try index.add(data.queries, ids: [1, 2, 3])
    }
    expectError(.cancelled) {
      try index.add(data.queries, execution: Execution(isCancelled: { true }))
    }
    #expect(index.count == 300 && index.listIDs == before)
    expectError(.notFound) { _ = try index.reconstruct(300) }
  }

  @Test("impossible inverted files are refused")
  func impossible() throws {
    for (dimension, lists) in [(0, 1), (1, 0), (-1, 5), (5, -1)] {
      expectError(.invalidArgument) { _ = try IVFIndex(dimension: dimension, listCount: lists) }
    }
    expectError(.unsupported) { _ = try IVFIndex(dimension: 4, metric: .l1, listCount: 3) }
    var cells = FlatIndex(dimension: 4)
    try cells.add(Vectors([Float](repeating: 1, count: 8), dimension: 4))
    expectError(.invalidArgument, naming: ["3", "2"]) {
      _ = try IVFIndex(dimension: 4, listCount: 3, coarse: cells)
    }
    expectError(.invalidArgument) { _ = try IVFIndex(dimension: 5, listCount: 2, coarse: cells) }
  }

  @Test("training under inner product is spherical, with ten rounds")
  func clusteringDefaults() throws {
    let index = try IVFIndex(dimension: 4, metric: .innerProduct, listCount: 3)
    #expect(index.clustering.isSpherical && index.clustering.iterations == 10)
    #expect(try !IVFIndex(dimension: 4, listCount: 3).clustering.isSpherical)
  }
}
