import Testing
import VicinalCompute
import VicinalCore
import VicinalIndexes
import VicinalTestSupport

@Suite("Contract of binary indexes")
struct BinaryLaws {
  @Test("find the nearest vectors, ties by id, padded", arguments: BinarySubject.exact)
  func search(subject: BinarySubject) throws {
    for (dimension, count) in [(8, 0), (8, 1), (24, 300), (64, 700), (256, 400)] {
      var index = try subject.trained(dimension)
      let rows = BitVectors.random(count, dimension: dimension, seed: 1)
      // In two calls, the second of a single vector.
      if count > 0 {
        try index.add(rows.batch(0..<count - 1))
        try index.add(rows.batch(count - 1..<count))
      }
      #expect(index.count == count)
      let queries = BitVectors.random(23, dimension: dimension, seed: 2)
      for k in [1, 10, count + 3] {
        let found = try index.search(queries.batch(), k: k)
        #expect(found == rows.neighbors(of: queries, k: k), "\(subject), k \(k), \(rows)")
      }
      let none = try index.search(queries.batch(0..<0), k: 4)
      #expect(none.ids.isEmpty)
    }
  }

  @Test("find all within a radius", arguments: BinarySubject.exact)
  func range(subject: BinarySubject) throws {
    let rows = BitVectors.random(500, dimension: 32, seed: 3)
    let queries = BitVectors.random(9, dimension: 32, seed: 4)
    var index = try subject.trained(32)
    try index.add(rows.batch())
    let searchable = try #require(index as? any BinaryRangeSearchable)
    for radius in [-5, 0, 1, 9, 13, 33, 1 << 40] {
      let found = try searchable.rangeSearch(
        queries.batch(), radius: radius, options: SearchOptions())
      #expect(found == rows.rangeNeighbors(of: queries, radius: radius), "\(subject), \(radius)")
    }
  }

  @Test("search among the vectors of a filter only", arguments: BinarySubject.exact)
  func filters(subject: BinarySubject) throws {
    let rows = BitVectors.random(600, dimension: 40, seed: 5)
    let queries = BitVectors.random(11, dimension: 40, seed: 6)
    var index = try subject.trained(40)
    try index.add(rows.batch())
    for filter in [
      IDFilter.range(100..<220), .ids([5, 599, 17]), .not(.range(0..<590)), .list([]),
      .all([.range(0..<300), .not(.ids([0, 1, 2, 3]))]),
    ] {
      let options = SearchOptions(filter: filter)
      let found = try index.search(queries.batch(), k: 8, options: options)
      #expect(found == rows.neighbors(of: queries, k: 8, where: filter.contains), "\(subject)")
      let searchable = try #require(index as? any BinaryRangeSearchable)
      let within = try searchable.rangeSearch(queries.batch(), radius: 18, options: options)
      #expect(
        within == rows.rangeNeighbors(of: queries, radius: 18, where: filter.contains),
        "\(subject)")
    }
  }

  @Test("answer the same on any number of threads and any kernels", arguments: BinarySubject.exact)
  func execution(subject: BinarySubject) throws {
    let rows = BitVectors.random(1500, dimension: 128, seed: 7)
    let queries = BitVectors.random(40, dimension: 128, seed: 8)
    var answers: [Neighbors] = []
    for level in [nil] + KernelSet.available.map(Optional.some) {
      for workers in [1, 3] {
        let execution = Execution(workers: workers, kernels: level)
        var index = try subject.make(128)
        try index.train(on: rows.batch(0..<500), execution: execution)
        try index.add(rows.batch(), execution: execution)
        answers.append(
          try index.search(
            queries.batch(), k: 20,
            options: SearchOptions(execution: execution)))
      }
    }
    #expect(answers.allSatisfy { $0 == answers[0] }, "\(subject)")
  }

  @Test("copies are snapshots", arguments: BinarySubject.exact)
  func values(subject: BinarySubject) throws {
    let rows = BitVectors.random(100, dimension: 16, seed: 9)
    var index = try subject.trained(16)
    try index.add(rows.batch())
    let copy = index
    let before = try copy.search(rows.batch(), k: 5)
    try index.add(rows.batch())
    #expect(copy.count == 100)
    #expect(try copy.search(rows.batch(), k: 5) == before, "\(subject)")
    #expect(index.count == 200)
  }

  @Test("give vectors back", arguments: BinarySubject.exact)
  func reconstruct(subject: BinarySubject) throws {
    let rows = BitVectors.random(50, dimension: 24, seed: 10)
    var index = try subject.trained(24)
    try index.add(rows.batch())
    guard let source = index as? any BinaryReconstructible else {
      #expect(index is BinaryHashIndex)
      return
    }
    for id in [0, 7, 49] { #expect(try source.reconstruct(Int64(id)) == Array(rows[id])) }
    for id in [-1, 50, 1 << 40] as [Int64] {
      expectError(.notFound, "\(subject)") { _ = try source.reconstruct(id) }
    }
  }

  @Test("refuse what does not fit", arguments: BinarySubject.exact)
  func refusals(subject: BinarySubject) throws {
    var index = try subject.trained(32)
    let rows = BitVectors.random(10, dimension: 32, seed: 11)
    let wide = BitVectors.random(10, dimension: 40, seed: 11)
    try index.add(rows.batch())
    expectError(.dimensionMismatch, naming: ["40", "32"]) { try index.add(wide.batch()) }
    expectError(.dimensionMismatch) { _ = try index.search(wide.batch(), k: 1) }
    expectError(.invalidArgument, naming: ["k"]) { _ = try index.search(rows.batch(), k: 0) }
    expectError(.invalidArgument, naming: ["k"]) {
      _ = try index.search(rows.batch(), k: 1 << 40)
    }
    expectError(.unsupported, naming: ["queryBits"]) {
      _ = try index.search(rows.batch(), k: 1, options: SearchOptions(queryBits: 4))
    }
    #expect(index.count == 10, "\(subject)")
    for bits in [0, -8, 7, 12, 1 << 25] {
      expectError(.invalidArgument, naming: ["multiple of 8"], "\(subject), \(bits) bits") {
        _ = try subject.make(bits)
      }
    }
  }

  @Test("end when cancelled", arguments: BinarySubject.exact)
  func cancellation(subject: BinarySubject) throws {
    let rows = BitVectors.random(300, dimension: 64, seed: 12)
    var index = try subject.trained(64)
    try index.add(rows.batch())
    let options = SearchOptions(execution: Execution(isCancelled: { true }))
    expectError(.cancelled, "\(subject)") {
      _ = try index.search(rows.batch(), k: 3, options: options)
    }
  }
}
