import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Changing binary indexes")
struct BinaryChangeTests {
  let rows = BitVectors.random(400, dimension: 48, seed: 21)
  let queries = BitVectors.random(10, dimension: 48, seed: 22)

  @Test("vectors are added under ids of the caller's choice")
  func ids() throws {
    let single = rows.rows(0..<1)
    let scattered = (0..<400).map { Int64($0 * 37 % 401) + 1_000_000_000_000 }
    for subject in BinarySubject.exact {
      // An id map settles ties by the order inside, so its ids must ascend to agree.
      let ids = subject.description.contains("id map") ? scattered.sorted() : scattered
      guard var index = try subject.trained(48) as? any BinaryIdentifiedAddition else { continue }
      try index.add(rows.batch(), ids: ids.span, execution: Execution())
      let found = try index.search(queries.batch(), k: 12)
      #expect(found == rows.neighbors(of: queries, k: 12, ids: ids), "\(subject)")
      expectError(.invalidArgument, naming: ["-3"], "\(subject)") {
        let negative: [Int64] = [-3]
        try index.add(single.batch(), ids: negative.span, execution: Execution())
      }
      expectError(.invalidArgument, naming: ["id"], "\(subject)") {
        let few: [Int64] = [1]
        try index.add(rows.batch(), ids: few.span, execution: Execution())
      }
      #expect(index.count == 400)
    }
  }

  @Test("flat vectors move up behind removed ones")
  func removeFlat() throws {
    var index = try BinaryFlatIndex(dimension: 48)
    try index.add(rows.batch())
    let copy = index
    #expect(try index.remove(.range(10..<390)) == 380)
    #expect(index.count == 20)
    #expect(try index.reconstruct(10) == Array(rows[390]))
    #expect(copy.count == 400)
    #expect(try index.remove(.list([])) == 0)
  }

  @Test("an inverted file forgets ids and keeps the others")
  func removeInverted() throws {
    for kind in [DirectMap.Kind.none, .array, .hashTable] {
      var index = try BinaryIVFIndex(dimension: 48, listCount: 6)
      try index.train(on: rows.batch())
      index.probes = 6
      try index.setDirectMap(kind)
      try index.add(rows.batch())
      #expect(try index.remove(.not(.range(50..<150))) == 300)
      let found = try index.search(queries.batch(), k: 6)
      #expect(found == rows.neighbors(of: queries, k: 6) { (50..<150).contains($0) })
      #expect(try index.reconstruct(60) == Array(rows[60]))
      expectError(.notFound) { _ = try index.reconstruct(10) }
    }
  }

  @Test("an id map removes by its own ids")
  func removeMapped() throws {
    var index = try BinaryIDMapIndex(
      BinaryFlatIndex(dimension: 48), isReversible: true)
    let ids = (0..<400).map { Int64($0) * 3 }
    try index.add(rows.batch(), ids: ids.span, execution: Execution())
    #expect(try index.remove(.ids([3, 600])) == 2)
    #expect(try index.reconstruct(606) == Array(rows[202]))
    let found = try index.search(queries.batch(), k: 9)
    #expect(found == rows.neighbors(of: queries, k: 9, ids: ids) { $0 != 3 && $0 != 600 })
  }

  @Test("indexes take over each other's vectors")
  func merge() throws {
    let front = rows.rows(0..<150)
    let back = rows.rows(150..<400)
    var a = try BinaryFlatIndex(dimension: 48)
    var b = a
    try a.add(front.batch())
    try b.add(back.batch())
    try a.merge(from: &b)
    #expect(b.count == 0)
    #expect(try a.search(queries.batch(), k: 7) == rows.neighbors(of: queries, k: 7))
    var c = try BinaryIVFIndex(dimension: 48, listCount: 6)
    try c.train(on: rows.batch())
    c.probes = 6
    var d = c
    try c.add(front.batch())
    try d.add(back.batch())
    try c.merge(from: &d, idOffset: 150)
    #expect(d.count == 0 && c.count == 400)
    #expect(try c.search(queries.batch(), k: 7) == rows.neighbors(of: queries, k: 7))
    var stranger = try BinaryIVFIndex(dimension: 48, listCount: 6)
    let others = BitVectors.random(300, dimension: 48, seed: 99)
    try stranger.train(on: others.batch())
    expectError(.invalidArgument, naming: ["cell"]) { try c.merge(from: &stranger) }
    var narrow = try BinaryFlatIndex(dimension: 40)
    expectError(.invalidArgument) { try a.merge(from: &narrow) }
  }

  @Test("an inverted file needs training, with enough vectors")
  func training() throws {
    let tooFew = rows.rows(0..<99)
    var index = try BinaryIVFIndex(dimension: 48, listCount: 100)
    expectError(.notTrained) { try index.add(rows.batch()) }
    expectError(.notTrained) { _ = try index.search(queries.batch(), k: 1) }
    expectError(.insufficientData) { try index.train(on: tooFew.batch()) }
    #expect(!index.isTrained)
    try index.train(on: rows.batch())
    #expect(index.isTrained && !index.trainingWarnings.isEmpty)
  }
}
