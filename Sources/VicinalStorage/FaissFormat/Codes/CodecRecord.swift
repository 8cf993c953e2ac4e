import VicinalCoding
import VicinalCore

/// The tables of a codec in a file: a product quantizer (section 4.1 of the format document), a
/// scalar quantizer (4.2), LSH (6.1), RaBitQ (4.11) or an additive
/// quantizer (4.3). Sizes are checked while reading; the tables
/// are loaded later.
struct CodecRecord: Sendable {
  enum Fields: Sendable {
    case product(subspaces: Int, bits: Int, centroids: ArrayPlace)
    case scalar(type: Int32, statistic: Int32, argument: Float, codeSize: Int, trained: ArrayPlace)
    case hash(LSHRecord)
    case raBitQ(RaBitQRecord)
    case additive(AdditiveRecord)
  }

  private(set) var fields: Fields
  let dimension: Int
  let isTrained: Bool
  let range: Range<Int>

  /// Reads a product quantizer. Untrained ones have a table of zeros.
  init(
    product cursor: inout ByteCursor, header: IndexHeader, isTrained: Bool? = nil
  ) throws(IndexError) {
    let start = cursor.offset
    let dimension = try cursor.count("the dimension of the product quantizer")
    let subspaces = try cursor.count("the parts of the product quantizer")
    let bits = try cursor.count("the bits of the product quantizer")
    guard dimension == header.dimension else {
      throw cursor.corrupt(
        "the product quantizer has dimension \(dimension), the index \(header.dimension)",
        at: start)
    }
    guard subspaces >= 1, dimension.isMultiple(of: subspaces), (1...24).contains(bits) else {
      throw cursor.corrupt(
        "a product quantizer of dimension \(dimension) cannot have \(subspaces) parts of \(bits)"
          + " bits", at: start + 8)
    }
    guard bits <= 16 else {
      throw cursor.failure(
        .unsupported, "product quantizers are read with at most 16 bits per part, not \(bits)",
        at: start + 16)
    }
    let place = cursor.offset
    let centroids = try cursor.array(of: 4, "the centroids")
    guard centroids.count == dimension << bits else {
      throw cursor.corrupt(
        "\(subspaces) × \(1 << bits) centroids of \(dimension / subspaces) floats are"
          + " \(dimension << bits) floats, but there are \(centroids.count)", at: place)
    }
    fields = .product(subspaces: subspaces, bits: bits, centroids: centroids)
    self.dimension = dimension
    self.isTrained = isTrained ?? header.isTrained
    range = start..<cursor.offset
  }

  /// Reads a scalar quantizer. Untrained ones have no table.
  init(scalar cursor: inout ByteCursor, header: IndexHeader) throws(IndexError) {
    let start = cursor.offset
    let type = try cursor.integer(Int32.self, "the type of the scalar quantizer")
    let statistic = try cursor.integer(Int32.self, "rangestat")
    let argument = try cursor.float("rangestat_arg")
    let dimension = try cursor.count("the dimension of the scalar quantizer")
    let codeSize = try cursor.count("the bytes of a code")
    let trained = try cursor.array(of: 4, "the trained values")
    guard dimension == header.dimension else {
      throw cursor.corrupt(
        "the scalar quantizer has dimension \(dimension), the index \(header.dimension)",
        at: start + 12)
    }
    fields = .scalar(
      type: type, statistic: statistic, argument: argument, codeSize: codeSize, trained: trained)
    self.dimension = dimension
    isTrained = header.isTrained
    range = start..<cursor.offset
    // Everything else is checked by the quantizer itself; without its table that costs nothing.
    do throws(IndexError) {
      let quantizer = try ScalarQuantizer(
        type: type, rangeStatistic: statistic, rangeArgument: argument, dimension: dimension,
        codeSize: codeSize, trained: [])
      let expected = quantizer.kind.trainedCount(dimension: dimension)
      guard trained.count == expected || (trained.count == 0 && !isTrained) else {
        throw IndexError(
          .corruptFile, "there are \(trained.count) trained values, expected \(expected)")
      }
    } catch {
      throw cursor.failure(error.code, error.message, at: start)
    }
  }

  /// Reads what an LSH index has before its codes.
  init(hash cursor: inout ByteCursor, header: IndexHeader, countsWords: Bool) throws(IndexError) {
    let start = cursor.offset
    fields = .hash(try LSHRecord(reading: &cursor, header: header, countsWords: countsWords))
    dimension = header.dimension
    isTrained = header.isTrained
    range = start..<cursor.offset
  }

  /// Reads a RaBitQ quantizer.
  init(raBitQ cursor: inout ByteCursor, header: IndexHeader, hasBits: Bool) throws(IndexError) {
    let start = cursor.offset
    fields = .raBitQ(try RaBitQRecord(reading: &cursor, header: header, hasBits: hasBits))
    dimension = header.dimension
    isTrained = header.isTrained
    range = start..<cursor.offset
  }

  /// Reads an additive quantizer.
  init(
    additive cursor: inout ByteCursor, kind: AdditiveRecord.Kind, header: IndexHeader,
    isLegacy: Bool = false
  ) throws(IndexError) {
    let start = cursor.offset
    let record = try AdditiveRecord(reading: &cursor, kind: kind, isLegacy: isLegacy)
    guard record.dimension == header.dimension else {
      throw cursor.corrupt(
        "the additive quantizer has dimension \(record.dimension), the index"
          + " \(header.dimension)", at: start)
    }
    fields = .additive(record)
    dimension = header.dimension
    isTrained = record.isTrained
    range = start..<cursor.offset
  }

  /// Reads what belongs to a RaBitQ quantizer, but stands elsewhere; for other codecs nothing.
  mutating func readRest(
    _ cursor: inout ByteCursor,
    _ body: (inout RaBitQRecord, inout ByteCursor) throws(IndexError) -> Void
  ) throws(IndexError) {
    guard case .raBitQ(var record) = fields else { return }
    try body(&record, &cursor)
    fields = .raBitQ(record)
  }

  /// The RaBitQ quantizer, if it is one.
  var raBitQ: RaBitQRecord? { if case .raBitQ(let record) = fields { record } else { nil } }

  /// Bytes of a code.
  var codeSize: Int {
    switch fields {
    case .product(let subspaces, let bits, _): (subspaces * bits + 7) / 8
    case .scalar(_, _, _, let codeSize, _): codeSize
    case .hash(let record): record.codeSize
    case .raBitQ(let record): record.codeSize
    case .additive(let record): record.codeSize
    }
  }

  /// Bits of all entries of an additive quantizer.
  var entryBits: Int { if case .additive(let record) = fields { record.entryBits } else { 0 } }

  /// Parts of a product quantizer.
  var subspaces: Int { if case .product(let subspaces, _, _) = fields { subspaces } else { 1 } }

  /// Bits of a part.
  var bits: Int { if case .product(_, let bits, _) = fields { bits } else { 8 } }

  var description: RecordDescription {
    switch fields {
    case .product(let subspaces, let bits, _):
      RecordDescription("PQ", className: "ProductQuantizer \(subspaces)x\(bits)", range: range)
    case .scalar(let type, _, _, _, _):
      RecordDescription("SQ", className: "ScalarQuantizer type \(type)", range: range)
    case .hash(let record): record.description(range)
    case .raBitQ(let record):
      RecordDescription("RBQ", className: "RaBitQuantizer, \(record.bits) bits", range: range)
    case .additive(let record): record.description(range)
    }
  }

  /// Loads the tables.
  func codec(from source: inout ByteSource) throws(IndexError) -> any VectorCodec {
    do throws(IndexError) {
      switch fields {
      case .product: return try productQuantizer(from: &source)
      case .scalar(let type, let statistic, let argument, let codeSize, let trained):
        return try ScalarQuantizer(
          type: type, rangeStatistic: statistic, rangeArgument: argument, dimension: dimension,
          codeSize: codeSize, trained: source.floats(trained))
      case .hash(let record): return try record.codec(from: &source)
      case .raBitQ(let record): return try record.codec(from: &source)
      case .additive(let record): return try record.codec(from: &source)
      }
    } catch {
      throw source.named(error)
    }
  }

  func productQuantizer(from source: inout ByteSource) throws(IndexError) -> ProductQuantizer {
    guard case .product(let subspaces, let bits, let centroids) = fields else {
      throw IndexError(.corruptFile, "expected a product quantizer")
    }
    guard isTrained else {
      return try ProductQuantizer(dimension: dimension, subspaces: subspaces, bits: bits)
    }
    return try ProductQuantizer(
      dimension: dimension, subspaces: subspaces, bits: bits,
      centroids: source.floats(centroids))
  }

  static func write(_ quantizer: ProductQuantizer, to sink: inout ByteSink) throws(IndexError) {
    try sink.count(quantizer.dimension)
    try sink.count(quantizer.subspaces)
    try sink.count(quantizer.bits)
    try sink.array(quantizer.storedCentroids)
  }

  static func write(_ quantizer: ScalarQuantizer, to sink: inout ByteSink) throws(IndexError) {
    try sink.integer(quantizer.kind.rawValue)
    try sink.integer(quantizer.rangeStatistic.rawValue)
    try sink.float(quantizer.rangeArgument)
    try sink.count(quantizer.dimension)
    try sink.count(quantizer.codeSize)
    try sink.array(quantizer.trained)
  }
}
