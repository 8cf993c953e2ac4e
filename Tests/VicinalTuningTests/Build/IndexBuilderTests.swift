import Synchronization
import Testing
import VicinalCore
import VicinalIndexes
import VicinalTestSupport
import VicinalTuning

@Suite("IndexBuilder")
struct IndexBuilderTests {
  private let rows = DataShape.clustered.make(5000, dimension: 16, seed: 101)
  private let queries = DataShape.clustered.make(15, dimension: 16, seed: 102)

  private func build(
    _ name: String, _ source: ChunkedSource, work: Int = 1 << 30, metric: Metric = .l2,
    isAccelerated: Bool = true, execution: Execution = Execution()
  ) throws -> (index: any VectorIndex, warnings: [String]) {
    try IndexBuilder(
      spec: IndexSpec(parsing: name), metric: metric, isAccelerated: isAccelerated,
      workMemory: MemorySize(bytes: work)
    ).build(from: source, execution: execution)
  }

  private func source(_ chunk: Int = .max) -> ChunkedSource {
    ChunkedSource(vectors: rows, chunk: chunk)
  }

  private func options(_ index: any VectorIndex) -> SearchOptions {
    SearchOptions(probes: index.core is IVFIndex ? 3 : nil)
  }

  @Test(
    "more lists than vectors are refused before lists are made",
    arguments: ["IVF5001,Flat", "IVF1073741824,Flat", "IDMap,IVF1073741824_HNSW8,Flat"])
  func tooManyLists(name: String) {
    expectError(.insufficientData, naming: ["5000"]) { _ = try build(name, source()) }
  }

  @Test(
    "work memory and the cutting into files change no result and no memory",
    arguments: [
      "Flat", "HNSW8,Flat", "IVF8,Flat", "IVF8_HNSW8,Flat", "L2norm,Flat", "IDMap2,IVF8,Flat",
    ])
  func sameResults(name: String) throws {
    let first = try build(name, source()).index
    let expected = try first.search(queries, k: 10, options: options(first))
    // The training sample of 8 cells is 2048 vectors: 256 KiB hold it with its copies.
    for (work, chunk) in [(1 << 30, 1000), (1 << 18, 5000), (1 << 19, 777)] {
      let index = try build(name, source(chunk), work: work).index
      #expect(index.count == 5000)
      #expect(
        try index.search(queries, k: 10, options: options(index)) == expected,
        "\(name), work memory \(work), files of \(chunk)")
      // Arrays are as large as malloc made them, which differs by a few bytes.
      #expect(
        abs(index.byteCount - first.byteCount) < 4096, "\(name), \(work), \(chunk)")
    }
  }

  @Test(
    "the companion is there if asked for, and then counted",
    arguments: ["Flat", "HNSW8,Flat", "IVF8,Flat", "L2norm,IVF8,Flat", "IDMap,IVF8,Flat"])
  func companion(name: String) throws {
    let with = try build(name, source()).index
    let without = try build(name, source(), isAccelerated: false).index
    #expect(with.hasInt8Companion && !without.hasInt8Companion)
    #expect(with.byteCount > without.byteCount)
  }

  @Test("too little work memory for training says how much is needed")
  func workMemory() throws {
    // 8 cells need 248 vectors of 64 bytes, three times.
    expectError(.memoryBound, naming: ["IVF8", "248", "46.5KB"]) {
      _ = try build("IVF8,Flat", source(), work: 3 * 248 * 64 - 1)
    }
    let (index, warnings) = try build("IVF8,Flat", source(), work: 3 * 248 * 64)
    #expect(index.count == 5000 && warnings.count == 1, "31 points per cell are few")
    #expect(try build("Flat", source(), work: 1).index.count == 5000)
  }

  @Test("fewer vectors than cells are insufficient data")
  func tooFew() throws {
    let few = ChunkedSource(vectors: rows.rows(0..<7), chunk: 3)
    expectError(.insufficientData) { _ = try build("IVF8,Flat", few) }
    #expect(try build("HNSW8,Flat", few).index.count == 7)
    let none = ChunkedSource(vectors: rows.rows(0..<0), chunk: 3)
    #expect(try build("Flat", none).index.count == 0)
  }

  @Test(
    "NaN is an error naming the row of the data", arguments: ["Flat", "HNSW8,Flat", "L2norm,Flat"])
  func notFinite(name: String) throws {
    var broken = rows
    broken.values[4321 * 16 + 5] = .nan
    expectError(.notFinite, naming: ["row 4321"]) {
      _ = try build(name, ChunkedSource(vectors: broken, chunk: 600))
    }
  }

  @Test("NaN that training meets first is named by the row of the data too")
  func notFiniteInSample() throws {
    var broken = rows
    for row in 1000..<5000 { broken.values[row * 16 + 5] = .nan }
    do {
      _ = try build("IVF4,Flat", ChunkedSource(vectors: broken, chunk: 600))
      Issue.record("no error")
    } catch let error as IndexError {
      #expect(error.code == .notFinite)
      let row = error.message.split(separator: " ").compactMap { Int($0) }.first
      #expect((1000..<5000).contains(row ?? 0), "\(error.message)")
    }
  }

  @Test("cancelling ends the work at every step", arguments: ["Flat", "IVF8,Flat", "HNSW8,Flat"])
  func cancellation(name: String) throws {
    let all = Atomic<Int>(0)
    let counting = Execution(
      workers: 1,
      isCancelled: {
        all.add(1, ordering: .relaxed)
        return false
      })
    _ = try build(name, source(1000), execution: counting)
    let total = all.load(ordering: .relaxed)
    #expect(total >= 5)
    for allowed in [0, 1, total / 2, total - 1] {
      let asked = Atomic<Int>(0)
      expectError(.cancelled, "\(name), after \(allowed) of \(total)") {
        _ = try build(
          name, source(1000),
          execution: Execution(
            workers: 1, isCancelled: { asked.add(1, ordering: .relaxed).oldValue >= allowed }))
      }
    }
  }

  @Test("progress covers reading, clustering and adding, each to its end")
  func progress() throws {
    let seen = Mutex<[WorkProgress]>([])
    _ = try build(
      "IVF8,Flat", source(1000),
      execution: Execution(progress: { progress in seen.withLock { $0.append(progress) } }))
    let steps = seen.withLock { $0 }
    for (step, total) in [("read training vectors", 2048), ("k-means", 10), ("add", 5000)] {
      let own = steps.filter { $0.step == step }
      #expect(own.map(\.done) == own.map(\.done).sorted(), "\(step)")
      #expect(own.last?.done == total && own.last?.total == total, "\(step)")
    }
  }
}
