import Foundation
import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `IwPQ`, `IwSq`, `IwPf`, `IwQR`, `Iwrq`, `Iwrr`, `IwRQ`, `IwLS`, `IwPR`, `IwPL`: the fields of
/// all inverted files, a codec, lists of codes; `IvPQ`, `IvQR`, `IvSQ`, `IwSQ` of old releases.
struct CodedIVFRecord: IndexRecord {
  let fields: IVFFields
  let codec: CodecRecord
  let isResidual: Bool
  let layout: CodeLayout
  let lists: InvertedListsRecord
  let refinement: Refinement?
  let range: Range<Int>

  /// What `IwQR` has behind its lists.
  struct Refinement: Sendable {
    let quantizer: CodecRecord
    let codes: ArrayPlace
    let factor: Float
  }

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    fields = try IVFFields(reading: &cursor, code: code, depth: depth)
    let header = fields.header
    var layout = CodeLayout.rows
    var codec: CodecRecord
    switch code {
    case "IwSq", "IwSQ", "IvSQ":
      codec = try CodecRecord(scalar: &cursor, header: header)
      try Self.readCodeSize(&cursor, codec)
      isResidual = code == "IwSq" ? try cursor.bool("by_residual") : true
    case "Iwrq", "Iwrr":
      codec = try CodecRecord(raBitQ: &cursor, header: header, hasBits: code == "Iwrr")
      try Self.readCodeSize(&cursor, codec)
      // Whatever the flag says, codes are relative to the centroid.
      _ = try cursor.bool("by_residual")
      isResidual = true
      try codec.readRest(&cursor) { record, cursor throws(IndexError) in
        try record.readQueryBits(&cursor)
      }
    case "IwPf":
      isResidual = try cursor.bool("by_residual")
      _ = try cursor.count("the bytes of a code")
      let block = Int(try cursor.integer(Int32.self, "the vectors of a block"))
      let pairs = try cursor.count("the sub-codes with padding")
      _ = try cursor.integer(Int32.self, "implem")
      _ = try cursor.count("qbs2")
      codec = try CodecRecord(product: &cursor, header: header)
      let geometry = try FastScanGeometry(block: block, codec: codec, cursor)
      try geometry.check(pairs: pairs, cursor)
      layout = geometry.layout
    case "IwRQ", "IwLS", "IwPR", "IwPL":
      let size = try cursor.count("the bytes of a code")
      codec = try CodecRecord(
        additive: &cursor, kind: AdditiveRecord.Kind(code: code) ?? .residual, header: header)
      guard size == codec.codeSize else {
        throw cursor.corrupt("codes should have \(codec.codeSize) bytes, found \(size)")
      }
      isResidual = try cursor.bool("by_residual")
      _ = try cursor.integer(Int32.self, "use_precomputed_table")
    default:
      isResidual = try cursor.bool("by_residual")
      let size = try cursor.count("the bytes of a code")
      codec = try CodecRecord(product: &cursor, header: header)
      guard size == codec.codeSize else {
        throw cursor.corrupt("codes should have \(codec.codeSize) bytes, found \(size)")
      }
    }
    self.codec = codec
    self.layout = layout
    lists = try InvertedListsRecord(
      reading: &cursor, fields, codeSize: codec.codeSize, layout: layout, legacyUnit: 1)
    refinement =
      code == "IwQR" || code == "IvQR" ? try Refinement(reading: &cursor, header: header) : nil
    range = start..<cursor.offset
    try fields.require(lists, cursor)
  }

  private static func readCodeSize(
    _ cursor: inout ByteCursor, _ codec: CodecRecord
  ) throws(IndexError) {
    let size = try cursor.count("the bytes of a code")
    guard size == codec.codeSize else {
      throw cursor.corrupt(
        "codes should have \(codec.codeSize) bytes, found \(size)", at: cursor.offset - 8)
    }
  }

  var header: IndexHeader { fields.header }
  var storedCount: Int { lists.count }

  var description: RecordDescription {
    var description = fields.description(range, lists)
    description.children.append(codec.description.inRole("codec"))
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    let coarse = try fields.coarse.index(from: &source)
    var codec = try codec.codec(from: &source)
    do throws(IndexError) {
      if case .interleaved(let vectors, _, _) = layout, let product = codec as? ProductQuantizer {
        codec = try PQFastScanCodec(product, blockVectors: vectors)
      }
      let lists = try lists.lists(from: &source, codec: codec)
      for place in self.lists.places {
        guard let codes = lists[place.list].codes else { continue }
        try self.codec.raBitQ?.requirePresentFactors(of: codes, place.rows)
      }
      let map = try fields.directMap.map(from: &source, lists: lists)
      var index = try IVFIndex(
        codec: codec, isResidual: isResidual, metric: header.metric, coarse: coarse, lists: lists,
        count: self.lists.count, probes: fields.probes, directMap: map,
        isAccelerated: source.options.keepsResidualTables, execution: source.options.execution)
      index.unlistedCount = max(0, header.count - index.count)
      index.givePagesBack(source.pages)
      guard let refinement else { return index }
      return try refinement.index(index, from: &source)
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: IVFIndex, to sink: inout ByteSink) throws(IndexError) {
    guard let codec = index.codec else { return }
    switch codec {
    case let fast as RaBitQFastScanCodec:
      return try RaBitQFastScanIVFRecord.write(index, fast, to: &sink)
    case let product as ProductQuantizer:
      try IVFFields.write(index, code: "IwPQ", to: &sink)
      try writeProduct(index, product, to: &sink)
    case let scalar as ScalarQuantizer:
      try IVFFields.write(index, code: "IwSq", to: &sink)
      try CodecRecord.write(scalar, to: &sink)
      try sink.count(scalar.codeSize)
      // faiss says that codes of nothing are of no differences.
      try sink.bool(index.isResidual && scalar.kind != .bits0)
    case let fast as PQFastScanCodec:
      try IVFFields.write(index, code: "IwPf", to: &sink)
      try sink.bool(index.isResidual)
      try sink.count(fast.codeSize)
      try sink.integer(Int32(fast.blockVectors))
      try sink.count(fast.codeSize * 2)
      try sink.integer(Int32(0))
      try sink.count(0)
      try CodecRecord.write(fast.quantizer, to: &sink)
    case let signs as RaBitQuantizer:
      guard index.isResidual else {
        throw IndexError(
          .unsupported,
          "lists of RaBitQ codes can be stored if codes are relative to centroids only (isResidual)"
        )
      }
      try IVFFields.write(index, code: signs.bits == 1 ? "Iwrq" : "Iwrr", to: &sink)
      try RaBitQRecord.write(signs, to: &sink)
      try sink.count(signs.codeSize)
      try sink.bool(true)
      try RaBitQRecord.writeQueryBits(signs, index.scanOptions, to: &sink)
    case let additive as AdditiveQuantizer:
      try IVFFields.write(index, code: AdditiveRecord.kind(of: additive).listCode, to: &sink)
      try sink.count(additive.codeSize)
      try AdditiveRecord.write(additive, to: &sink)
      try sink.bool(index.isResidual)
      try sink.integer(Int32(0))
    default:
      let name = String(describing: type(of: codec)).replacingOccurrences(of: "Codec", with: "")
      throw IndexError(
        .unsupported, "faiss's format has no record for inverted lists of \(name) codes")
    }
    try InvertedListsRecord.write(
      index.lists, codeSize: codec.codeSize, layout: codec.layout, to: &sink)
  }

  private static func writeProduct(
    _ index: IVFIndex, _ product: ProductQuantizer, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.bool(index.isResidual)
    try sink.count(product.codeSize)
    try CodecRecord.write(product, to: &sink)
  }

  static func write(_ index: IVFPQRIndex, to sink: inout ByteSink) throws(IndexError) {
    guard let product = index.base.codec as? ProductQuantizer else { return }
    try IVFFields.write(index.base, code: "IwQR", isTrained: index.isTrained, to: &sink)
    try writeProduct(index.base, product, to: &sink)
    try InvertedListsRecord.write(index.base.lists, codeSize: product.codeSize, to: &sink)
    try CodecRecord.write(index.refinement, to: &sink)
    try sink.count(index.codes.count * index.codes.codeSize)
    try sink.write(index.codes.bytes.bytes)
    try sink.float(index.refineFactor)
  }
}

extension CodedIVFRecord.Refinement {
  init(reading cursor: inout ByteCursor, header: IndexHeader) throws(IndexError) {
    quantizer = try CodecRecord(product: &cursor, header: header)
    let place = cursor.offset
    codes = try cursor.array(of: 1, "the second codes")
    let (bytes, overflow) = header.count.multipliedReportingOverflow(by: quantizer.codeSize)
    guard !overflow, codes.count == bytes else {
      throw cursor.corrupt(
        "\(header.count) second codes of \(quantizer.codeSize) bytes were expected, found"
          + " \(codes.count) bytes", at: place)
    }
    factor = try cursor.refineFactor()
  }

  func index(
    _ base: IVFIndex, from source: inout ByteSource
  ) throws(IndexError) -> any VectorIndex {
    let second = try quantizer.productQuantizer(from: &source)
    let codes = CodeBlock(
      bytes: try source.storage(codes.range), count: codes.count / max(1, second.codeSize),
      codeSize: second.codeSize)
    var index = try IVFPQRIndex(base, refinement: second, codes: codes)
    index.refineFactor = factor
    return index
  }
}
