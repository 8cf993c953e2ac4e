import VicinalCore
import VicinalIndexes

/// What every index over binary vectors begins with, behind its code.
struct BinaryHeader: Sendable, Equatable {
  /// Bits. faiss: `d`.
  var dimension: Int
  /// faiss: `ntotal`.
  var count: Int
  /// faiss: `is_trained`.
  var isTrained: Bool

  /// Bytes per vector.
  var codeSize: Int { dimension / 8 }

  /// faiss writes L2 and never looks at it.
  private static let metricCode: Int32 = 1

  init(dimension: Int, count: Int, isTrained: Bool) {
    self.dimension = dimension
    self.count = count
    self.isTrained = isTrained
  }

  init(reading cursor: inout ByteCursor) throws(IndexError) {
    let start = cursor.offset
    dimension = Int(try cursor.integer(Int32.self, "the dimension"))
    do throws(IndexError) {
      try BinaryBatch.validate(dimension: dimension)
    } catch {
      throw cursor.corrupt(error.message, at: start)
    }
    let size = try cursor.integer(Int32.self, "the bytes of a vector")
    guard Int(size) == dimension / 8 else {
      throw cursor.corrupt(
        "a vector of \(dimension) bits takes \(dimension / 8) bytes, found \(size)", at: start + 4)
    }
    let count = try cursor.integer(Int64.self, "the number of vectors")
    guard count >= 0, count <= IndexHeader.largestCount else {
      throw cursor.corrupt(
        "the number of vectors must be 0…\(IndexHeader.largestCount), found \(count)",
        at: start + 8)
    }
    self.count = Int(count)
    isTrained = try cursor.bool("is_trained")
    let metric = try cursor.integer(Int32.self, "the metric")
    guard metric == Self.metricCode else {
      throw cursor.corrupt(
        "the metric of binary vectors must be \(Self.metricCode), found \(metric)",
        at: cursor.offset - 4)
    }
  }

  init(of index: any BinaryIndex) {
    self.init(dimension: index.dimension, count: index.count, isTrained: index.isTrained)
  }

  func write(to sink: inout ByteSink) throws(IndexError) {
    try sink.integer(Int32(dimension))
    try sink.integer(Int32(codeSize))
    try sink.integer(Int64(count))
    try sink.bool(isTrained)
    try sink.integer(Self.metricCode)
  }

  /// What records shared with float indexes take.
  var asFloatHeader: IndexHeader {
    IndexHeader(dimension: dimension, count: count, isTrained: isTrained, metric: .l2)
  }

  /// Requires that an index inside another says the same about its vectors.
  func require(
    like inner: any BinaryRecord, _ cursor: borrowing ByteCursor, at place: Int
  ) throws(IndexError) {
    let other = inner.header
    guard dimension == other.dimension, count == other.count else {
      throw cursor.corrupt(
        "the index inside has \(other.count) vectors of \(other.dimension) bits; expected"
          + " \(count) and \(dimension)", at: place)
    }
  }
}

extension RecordDescription {
  init(_ code: RecordCode, range: Range<Int>, header: BinaryHeader) {
    self.init(code, className: KnownRecord.all[code]?.className ?? "", range: range)
    dimension = header.dimension
    count = header.count
    isTrained = header.isTrained
  }
}
