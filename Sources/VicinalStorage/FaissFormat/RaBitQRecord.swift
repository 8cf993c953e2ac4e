import VicinalCoding
import VicinalCore

/// A RaBitQ quantizer as records hold it (section 4.11 of the format document): dimension, code
/// size, metric and, unless the record is of the one-bit kind, the bits.
struct RaBitQRecord: Sendable {
  let bits: Int
  let codeSize: Int
  private let header: IndexHeader

  /// Reads the fields.
  ///
  /// - Parameters:
  ///   - header: That of the index, with which the quantizer must agree.
  ///   - hasBits: Whether the bits are there; `Ixrq` and `Iwrq` have one without saying so.
  init(
    reading cursor: inout ByteCursor, header: IndexHeader, hasBits: Bool
  ) throws(IndexError) {
    let start = cursor.offset
    self.header = header
    let dimension = try cursor.count("the dimension of the RaBitQ quantizer")
    codeSize = try cursor.count("the bytes of a RaBitQ code")
    let metric = try cursor.integer(Int32.self, "the metric of the RaBitQ quantizer")
    bits = hasBits ? try cursor.count("the bits of the RaBitQ quantizer") : 1
    guard dimension == header.dimension, metric == header.metric.faissCode else {
      throw cursor.corrupt(
        "a RaBitQ quantizer of dimension \(dimension) and metric \(metric) does not fit an index of"
          + " \(header.dimension) and \(header.metric.faissCode)", at: start)
    }
    do throws(IndexError) {
      _ = try codec(center: [], queryBits: 0)
    } catch {
      throw cursor.corrupt(error.message, at: start)
    }
  }

  /// The codec.
  ///
  /// - Parameters:
  ///   - center: Empty in inverted files.
  ///   - queryBits: faiss: `qb`.
  func codec(center: [Float], queryBits: Int) throws(IndexError) -> RaBitQuantizer {
    try RaBitQuantizer(
      dimension: header.dimension, metric: header.metric, bits: bits, center: center,
      isTrained: header.isTrained, codeSize: codeSize, queryBits: queryBits)
  }

  /// Writes the fields; the bits only if there is more than one.
  static func write(_ codec: RaBitQuantizer, to sink: inout ByteSink) throws(IndexError) {
    try sink.count(codec.dimension)
    try sink.count(codec.codeSize)
    try sink.integer(codec.metric.faissCode)
    if codec.bits > 1 { try sink.count(codec.bits) }
  }
}
