import VicinalCore
import VicinalIndexes

/// Turns vectors in rows into Panorama's levels and back (section 10.11 of the format document).
struct PanoramaRows: Sendable {
  let layout: PanoramaLayout
  let dimension: Int

  private var width: Int { layout.width(dimension: dimension) }
  private var levels: Int { layout.filledLevels(dimension: dimension) }

  /// Vectors with those that fill the last batch, or `nil` if that is more than can be counted.
  func paddedCount(_ count: Int) -> Int? {
    let batches = count / layout.batchVectors + (count % layout.batchVectors > 0 ? 1 : 0)
    let (padded, overflow) = batches.multipliedReportingOverflow(by: layout.batchVectors)
    return overflow || padded > IndexHeader.largestCount ? nil : padded
  }

  /// The floats of each level: where they begin in a vector, and how many they are.
  private func parts() -> [Range<Int>] {
    (0..<levels).map { $0 * width..<min(dimension, ($0 + 1) * width) }
  }

  /// Row-major floats of `count` vectors that lie in levels in `place`.
  func rows(
    in place: Range<Int>, count: Int, from source: inout ByteSource
  ) throws(IndexError) -> ByteStorage {
    let parts = parts()
    let batch = layout.batchVectors
    var rows = ByteStorage()
    rows.reserve(count * dimension * 4)
    for first in stride(from: 0, to: count, by: batch) {
      let start = place.lowerBound + first * dimension * 4
      let floats = batch * dimension
      let values = try source.floats(
        ArrayPlace(count: floats, range: start..<start + floats * 4))
      let held = min(batch, count - first)
      var ordered = [Float](repeating: 0, count: held * dimension)
      for part in parts {
        for row in 0..<held {
          let from = part.lowerBound * batch + row * part.count
          for column in 0..<part.count {
            ordered[row * dimension + part.lowerBound + column] = values[from + column]
          }
        }
      }
      rows.append(ordered.span)
    }
    return rows
  }

  /// Writes vectors in levels, the last batch filled up with zeros.
  ///
  /// - Parameters:
  ///   - count: Vectors.
  ///   - append: Adds the vector of a number to an array.
  func write(
    count: Int, to sink: inout ByteSink, append: (Int, inout [Float]) -> Void
  ) throws(IndexError) {
    let parts = parts()
    let batch = layout.batchVectors
    for first in stride(from: 0, to: count, by: batch) {
      guard !sink.isCounting else {
        try sink.pass(batch * dimension * 4)
        continue
      }
      var values: [Float] = []
      values.reserveCapacity(batch * dimension)
      for row in first..<min(count, first + batch) { append(row, &values) }
      values += Array(repeating: 0, count: batch * dimension - values.count)
      var ordered: [Float] = []
      ordered.reserveCapacity(values.count)
      for part in parts {
        for row in 0..<batch {
          for column in part { ordered.append(values[row * dimension + column]) }
        }
      }
      try sink.write(ordered.span.rawBytes)
    }
  }

  /// Writes, level by level, the lengths of what is left of vectors from each level on, and zeros
  /// for the end.
  ///
  /// - Parameter room: Levels that there is room for: as many as hold something unless given. What
  ///   is not needed of it are zeros behind the last batch.
  func writeLengths(
    count: Int, room: Int? = nil, to sink: inout ByteSink, append: (Int, inout [Float]) -> Void
  ) throws(IndexError) {
    let parts = parts()
    let batch = layout.batchVectors
    let lines = levels + 1
    for first in stride(from: 0, to: count, by: batch) {
      guard !sink.isCounting else {
        try sink.pass(batch * lines * 4)
        continue
      }
      var lengths = [Float](repeating: 0, count: batch * lines)
      var vector: [Float] = []
      for row in first..<min(count, first + batch) {
        vector.removeAll(keepingCapacity: true)
        append(row, &vector)
        // The order of additions of faiss 1.15, so that the bytes are the same.
        var sum: Float = 0
        for (level, part) in parts.enumerated().reversed() {
          for column in part { sum += vector[column] * vector[column] }
          lengths[level * batch + row - first] = sum.squareRoot()
        }
      }
      try sink.write(lengths.span.rawBytes)
    }
    guard let room, room > levels else { return }
    let unused = batch * (room - levels)
    for _ in stride(from: 0, to: count, by: batch) {
      if sink.isCounting {
        try sink.pass(unused * 4)
      } else {
        try sink.write([Float](repeating: 0, count: unused).span.rawBytes)
      }
    }
  }
}

extension PanoramaLayout {
  /// Reads a layout, without its batch if files leave that out.
  init(
    reading cursor: inout ByteCursor, dimension: Int, batch: Int? = nil
  ) throws(IndexError) {
    let start = cursor.offset
    let levels = try cursor.count("the levels")
    let vectors: Int
    if let batch { vectors = batch } else { vectors = try cursor.count("the vectors of a batch") }
    self.init(levels: levels, batchVectors: vectors)
    do throws(IndexError) {
      try validate(dimension: dimension)
    } catch {
      throw cursor.corrupt(error.message, at: start)
    }
  }

  /// The batch of files that do not state it.
  static let oldBatch = 128
}
