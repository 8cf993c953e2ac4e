import VicinalCore
import VicinalDatasets
import VicinalTestSupport

/// Vectors that come in batches of at most a given size, as those of many small files do.
struct ChunkedSource: EmbeddingSource {
  var vectors: Vectors
  var chunk: Int

  var dimension: Int { vectors.dimension }
  var count: Int { vectors.count }

  func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    for first in stride(from: 0, to: count, by: min(rows, chunk)) {
      let part = vectors.rows(first..<min(count, first + min(rows, chunk)))
      try body(part.batch(), first)
    }
  }

  func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    vectors.rows(at: numbers).values
  }
}

extension Vectors {
  /// All in memory.
  func source() throws(IndexError) -> InMemoryEmbeddings {
    try InMemoryEmbeddings(values, dimension: dimension)
  }
}
