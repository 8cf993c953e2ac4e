import Synchronization
import Testing
import VicinalCore
import VicinalIndexes

@Suite("Cancelling work on binary indexes")
struct BinaryCancellationTests {
  private static let dimension = 64

  /// Rows of bits that depend on the seed only.
  private func rows(_ count: Int, seed: UInt64) -> [UInt8] {
    var generator = SplitMix64(seed: seed)
    return (0..<count * Self.dimension / 8).map { _ in
      UInt8(truncatingIfNeeded: generator.next())
    }
  }

  /// Ends work when it is asked for the time with this number.
  private func ending(at question: Int) -> Execution {
    let asked = SharedCounter()
    return Execution(workers: 1, isCancelled: { asked.next() >= question })
  }

  @Test(
    "an addition that is cancelled leaves hash tables as they were",
    arguments: ["BHash16", "BHash3x12"],
    [0, 1, 2])
  func hashes(key: String, question: Int) throws {
    var index = try BinaryIndexSpec(parsing: key).makeIndex(dimension: Self.dimension)
    let (few, many) = (rows(500, seed: 1), rows(60_000, seed: 2))
    try index.add(BinaryBatch(few.span.rawBytes, dimension: Self.dimension))
    let queries = try BinaryBatch(few.span.rawBytes, dimension: Self.dimension)
    let before = try index.search(queries, k: 3, options: SearchOptions())
    #expect(throws: IndexError.self) {
      try index.add(
        BinaryBatch(many.span.rawBytes, dimension: Self.dimension), execution: ending(at: question))
    }
    #expect(index.count == 500)
    #expect(try index.search(queries, k: 3, options: SearchOptions()) == before)
    try index.add(BinaryBatch(many.span.rawBytes, dimension: Self.dimension))
    #expect(index.count == 60_500)
  }

  @Test("one large addition and many small ones give the same tables")
  func pieces() throws {
    let bits = rows(40_000, seed: 3)
    let queries = rows(200, seed: 4)
    for key in ["BHash14", "BHash3x12"] {
      var whole = try BinaryIndexSpec(parsing: key).makeIndex(dimension: Self.dimension)
      var parts = whole
      let batch = try BinaryBatch(bits.span.rawBytes, dimension: Self.dimension)
      try whole.add(batch)
      for first in stride(from: 0, to: 40_000, by: 5000) {
        try parts.add(batch.rows(first..<first + 5000))
      }
      let asked = try BinaryBatch(queries.span.rawBytes, dimension: Self.dimension)
      #expect(
        try whole.search(asked, k: 5, options: SearchOptions())
          == parts.search(asked, k: 5, options: SearchOptions()), "\(key)")
    }
  }

  @Test("searches that may be cancelled find the same", arguments: ["BFlat", "BIVF2", "BHash10"])
  func searches(key: String) throws {
    var index = try BinaryIndexSpec(parsing: key).makeIndex(dimension: Self.dimension)
    let (bits, asked) = (rows(90_000, seed: 5), rows(3000, seed: 6))
    try index.train(on: BinaryBatch(bits.span.rawBytes, dimension: Self.dimension))
    try index.add(BinaryBatch(bits.span.rawBytes, dimension: Self.dimension))
    let queries = try BinaryBatch(asked.span.rawBytes, dimension: Self.dimension)
    let patient = SearchOptions(execution: Execution(isCancelled: { false }))
    let whole = try index.search(queries, k: 4, options: SearchOptions())
    #expect(try index.search(queries, k: 4, options: patient) == whole)
    #expect(throws: IndexError.self) {
      try index.search(queries, k: 4, options: SearchOptions(execution: ending(at: 1)))
    }
  }
}

/// Counts questions from any thread.
private final class SharedCounter: Sendable {
  private let count = Atomic(0)
  func next() -> Int { count.add(1, ordering: .relaxed).oldValue }
}
