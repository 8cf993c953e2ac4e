import Vicinal

/// The caller's vectors as a source, where they are: for the time of one call.
///
/// `nonisolated(unsafe)` is sound: the numbers are only read, and the call ends before the caller's
/// array does.
@safe struct BorrowedEmbeddings: EmbeddingSource {
  let dimension: Int
  let count: Int
  nonisolated(unsafe) private let values: UnsafeBufferPointer<Float>

  /// - Parameter values: `count × dimension` floats.
  init(_ values: UnsafeBufferPointer<Float>, dimension: Int) {
    unsafe self.values = unsafe values
    self.dimension = dimension
    count = values.count / dimension
  }

  func forEachBatch(
    rows: Int, _ body: (borrowing VectorBatch, Int) throws(IndexError) -> Void
  ) throws(IndexError) {
    let all = try VectorBatch(unsafe values.span, dimension: dimension)
    let step = max(1, rows)
    for first in stride(from: 0, to: count, by: step) {
      try body(all.rows(first..<first + min(step, count - first)), first)
    }
  }

  func vectors(_ numbers: [Int]) throws(IndexError) -> [Float] {
    var chosen: [Float] = []
    chosen.reserveCapacity(try checkedProduct(numbers.count, dimension, of: "the vectors"))
    var last = 0
    for number in numbers {
      guard number >= last, number < count else {
        throw IndexError(
          .invalidArgument,
          "vector \(number) was asked for after \(last) of \(count); numbers must ascend from 0")
      }
      last = number
      unsafe chosen += values[number * dimension..<(number + 1) * dimension]
    }
    return chosen
  }
}
