import Foundation
import Synchronization
import Testing
import VicinalCore
import VicinalDatasets
import VicinalTestSupport

@Suite("Chosen vectors, batches by bytes")
struct ChosenVectorsTests {
  enum Kind: String, CaseIterable, Sendable {
    case memory, rowMajor, columnMajor, vecs
  }

  private static let counts = [3, 1, 6]
  private static let total = 10
  private static let dimension = 5
  private let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  private var values: [Float] { (0..<Self.total * Self.dimension).map { Float($0) / 4 } }

  private func source(_ kind: Kind) throws -> any EmbeddingSource {
    if kind == .memory { return try InMemoryEmbeddings(values, dimension: Self.dimension) }
    var first = 0
    for (number, count) in Self.counts.enumerated() {
      let part = Array(values[first * Self.dimension..<(first + count) * Self.dimension])
      switch kind {
      case .vecs:
        let rows = (0..<count).map { row in
          (0..<Self.dimension).map { part[row * Self.dimension + $0].bitPattern }
        }
        try folder.write(vecs(rows), to: "\(number).fvecs")
      case .columnMajor:
        let turned = (0..<part.count).map { part[$0 % count * Self.dimension + $0 / count] }
        let header = "{'descr': '<f4', 'fortran_order': True, 'shape': (\(count), 5), }"
        try folder.write(
          npy(header: header, data: littleEndian(turned.map(\.bitPattern))), to: "\(number).npy")
      default: try folder.write(npy(part, columns: Self.dimension), to: "\(number).npy")
      }
      first += count
    }
    return try EmbeddingFiles([folder.url.path])
  }

  @Test("every subset is copied as it is", arguments: Kind.allCases)
  func subsets(kind: Kind) throws {
    let source = try source(kind)
    for subset in 0..<1 << Self.total {
      let numbers = (0..<Self.total).filter { subset >> $0 & 1 == 1 }
      let expected = numbers.flatMap { values[$0 * Self.dimension..<($0 + 1) * Self.dimension] }
      guard try source.vectors(numbers) == expected else {
        Issue.record("wrong vectors for \(numbers)")
        return
      }
    }
  }

  @Test("numbers that do not ascend or do not exist are errors", arguments: Kind.allCases)
  func refused(kind: Kind) throws {
    let source = try source(kind)
    for numbers in [[Self.total], [-1], [3, 2], [5, 1], [0, .max], [.min]] {
      expectError(.invalidArgument) { _ = try source.vectors(numbers) }
    }
  }

  @Test("batches stay below a number of bytes, and progress is told", arguments: Kind.allCases)
  func bytes(kind: Kind) throws {
    let source = try source(kind)
    for (maxBytes, rows) in [(0, 1), (59, 2), (60, 3), (Int.max, Self.total), (-1, 1)] {
      let done = Mutex<[Int]>([])
      let execution = Execution(progress: { step in done.withLock { $0.append(step.done) } })
      var found: [Float] = []
      try source.forEachBatch(maxBytes: maxBytes, execution: execution) {
        batch, _ throws(IndexError) in
        #expect(batch.count <= rows)
        for index in batch.values.indices { found.append(batch.values[index]) }
      }
      #expect(found == values)
      #expect(done.withLock { $0 == $0.sorted() && $0.last == Self.total })
    }
  }

  @Test("cancelling ends it before the next batch", arguments: Kind.allCases)
  func cancels(kind: Kind) throws {
    let source = try source(kind)
    let asked = Atomic(0)
    var given = 0
    let execution = Execution(isCancelled: { asked.add(1, ordering: .relaxed).newValue > 2 })
    expectError(.cancelled) {
      try source.forEachBatch(maxBytes: 1, execution: execution) { _, _ throws(IndexError) in
        given += 1
      }
    }
    #expect(given == 2)
  }
}
