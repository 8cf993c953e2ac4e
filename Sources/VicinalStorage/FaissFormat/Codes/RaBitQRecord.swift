import VicinalCoding
import VicinalCore
import VicinalIndexes

/// A RaBitQ quantizer as records hold it (section 4.11 of the format document): dimension, code
/// size, metric and, unless the record is of the one-bit kind, the bits. The centre and the bits of
/// queries stand further behind.
struct RaBitQRecord: Sendable {
  let bits: Int
  let codeSize: Int
  private let header: IndexHeader
  /// None in inverted files, where codes are relative to the centroid of their list.
  private var center: ArrayPlace?
  /// faiss: `qb`.
  private var queryBits = 0

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
      _ = try codec(center: [])
    } catch {
      throw cursor.failure(
        error.code == .unsupported ? .unsupported : .corruptFile, error.message, at: start)
    }
  }

  /// Reads the centre and the bits of queries behind the codes of a flat index.
  mutating func readCenter(_ cursor: inout ByteCursor) throws(IndexError) {
    let place = cursor.offset
    let center = try cursor.array(of: 4, "the centre")
    guard center.count == header.dimension || center.count == 0 else {
      throw cursor.corrupt(
        "the centre has \(center.count) floats, the index dimension \(header.dimension)", at: place)
    }
    self.center = center
    try readQueryBits(&cursor)
  }

  /// Reads the bits that queries are rounded to.
  mutating func readQueryBits(_ cursor: inout ByteCursor) throws(IndexError) {
    queryBits = Int(try cursor.integer(UInt8.self, "the bits of queries"))
    guard queryBits <= 8 else {
      throw cursor.corrupt(
        "queries are rounded to 0…8 bits, found \(queryBits)", at: cursor.offset - 1)
    }
  }

  /// Refuses codes of several bits for inner product whose factors have the meaning they had in
  /// faiss 1.13.1 – 1.14.1 (section 15): f_rescale was negative. Later releases of faiss do not
  /// look, and answer wrongly.
  func requirePresentFactors(
    _ codes: Range<Int>, _ source: borrowing ByteSource
  ) throws(IndexError) {
    guard bits > 1, header.metric == .innerProduct else { return }
    for end in stride(
      from: codes.lowerBound + codeSize, through: codes.upperBound, by: codeSize)
    {
      let factor = Float(
        bitPattern: UInt32(littleEndian: source.bytes.loadUnaligned(end - 4, as: UInt32.self)))
      // One file is of one release: the first factor that says something is enough.
      guard factor == 0 else {
        guard factor < 0 else { return }
        throw IndexError(
          .unsupported, "\(source.name), byte \(codes.lowerBound): \(oldFactors)")
      }
    }
  }

  /// As ``requirePresentFactors(_:_:)`` for codes of a layout.
  func requirePresentFactors(of block: CodeBlock, _ place: Range<Int>) throws(IndexError) {
    guard bits > 1, header.metric == .innerProduct else { return }
    for index in 0..<block.count {
      var code: [UInt8] = []
      block.appendCode(index, to: &code)
      let factor = Float(
        bitPattern: UInt32(
          littleEndian: code.span.rawBytes.loadUnaligned(code.count - 4, as: UInt32.self)))
      guard factor == 0 else {
        guard factor < 0 else { return }
        throw IndexError(.unsupported, "byte \(place.lowerBound): \(oldFactors)")
      }
    }
  }

  private var oldFactors: String {
    "these RaBitQ codes of \(bits) bits for inner product are of faiss 1.13.1 – 1.14.1, where their"
      + " factors had another meaning; build the index again"
  }

  /// The codec.
  func codec(from source: inout ByteSource) throws(IndexError) -> RaBitQuantizer {
    try codec(center: center.map { place throws(IndexError) in try source.floats(place) } ?? [])
  }

  private func codec(center values: [Float]) throws(IndexError) -> RaBitQuantizer {
    // Without a centre of its own there is nothing to learn.
    try RaBitQuantizer(
      dimension: header.dimension, metric: header.metric, bits: bits, center: values,
      isTrained: header.isTrained || center == nil, codeSize: codeSize, queryBits: queryBits)
  }

  /// Writes the fields; the bits only if there is more than one, or if that is asked for.
  static func write(
    _ codec: RaBitQuantizer, hasBits: Bool = false, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.count(codec.dimension)
    try sink.count(codec.codeSize)
    try sink.integer(codec.metric.faissCode)
    if hasBits || codec.bits > 1 { try sink.count(codec.bits) }
  }

  /// Writes the bits of queries.
  ///
  /// - Parameter options: What the index asks of the codec in searches.
  static func writeQueryBits(
    _ codec: RaBitQuantizer, _ options: ScanOptions, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.integer(UInt8(max(0, min(8, options.queryBits ?? codec.queryBits))))
  }
}

extension RaBitQRecord {
  /// Bytes of signs in a code.
  var signBytes: Int { (header.dimension + 7) / 8 }

  /// Bytes of a code behind its signs.
  var tailBytes: Int { codeSize - signBytes }

  /// How interleaved codes lie.
  ///
  /// - Parameter isComplete: Whether blocks hold what stands behind the signs.
  func layout(block: Int, isComplete: Bool) -> CodeLayout {
    .interleaved(vectors: block, pairs: signBytes, extra: isComplete ? tailBytes : 0)
  }

  /// Reads the number of 4-bit sub-codes with padding.
  func checkPairs(_ cursor: inout ByteCursor) throws(IndexError) {
    let found = try cursor.count("the sub-codes with padding")
    guard found == signBytes * 2 else {
      throw cursor.corrupt(
        "there are \(found) padded sub-codes, expected \(signBytes * 2)", at: cursor.offset - 8)
    }
  }

  /// Writes the bits of queries of a fast-scan index, which are 1…8.
  static func writeQueryBits(
    _ codec: RaBitQFastScanCodec, _ options: ScanOptions, to sink: inout ByteSink
  ) throws(IndexError) {
    let bits = options.queryBits ?? codec.quantizer.queryBits
    let isUsable = (1...8).contains(bits)
    try sink.integer(UInt8(isUsable ? bits : RaBitQFastScanCodec.defaultQueryBits))
  }
}
