import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `IxPq`, `IxSQ`, `IxHe`, `Ixrq`, `Ixrr`, `IPfs`, `IxRq`, `IxLS`, `IxPR`, `IxPL`: header, codec,
/// codes; `IxPQ`, `IxPo`, `IxHE` and `IxRQ` of old releases.
struct CodedRecord: IndexRecord {
  let code: RecordCode
  let header: IndexHeader
  let codec: CodecRecord
  let codes: ArrayPlace
  let layout: CodeLayout
  /// `search_type`, `encode_signs`, `polysemous_ht` of `IxPq`.
  let searchFields: CodedIndex.SearchFields?
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, code: RecordCode, start: Int) throws(IndexError) {
    self.code = code
    var header = try IndexHeader(reading: &cursor)
    // Old releases knew L2 only, whatever they wrote.
    if code == "IxPQ" || code == "IxPo" { header.metric = .l2 }
    self.header = header
    var codec = try Self.codec(&cursor, code, header)
    if code == "IPfs" {
      let geometry = try FastScanGeometry(reading: &cursor, codec: codec)
      layout = geometry.layout
      let blocks = try cursor.count("the vectors with padding")
      let pairs = try cursor.count("the sub-codes with padding")
      try geometry.check(pairs: pairs, cursor)
      guard blocks >= header.count else {
        throw cursor.corrupt("\(blocks) padded vectors cannot hold \(header.count)")
      }
    } else {
      layout = .rows
    }
    let place = cursor.offset
    codes = try cursor.array(of: 1, "the codes")
    let expected = layout.checkedByteCount(codes: header.count, codeSize: codec.codeSize)
    // Blocks that were emptied may be left at the end.
    guard let expected, layout == .rows ? codes.count == expected : codes.count >= expected else {
      throw cursor.corrupt(
        "\(header.count) codes of \(codec.codeSize) bytes need"
          + " \(expected.map(String.init) ?? "more than memory"), but there are \(codes.count)",
        at: place)
    }
    try codec.readRest(&cursor) { record, cursor throws(IndexError) in
      try record.readCenter(&cursor)
    }
    self.codec = codec
    searchFields =
      code == "IxPq" || code == "IxPo" ? try CodedIndex.SearchFields(reading: &cursor) : nil
    range = start..<cursor.offset
  }

  private static func codec(
    _ cursor: inout ByteCursor, _ code: RecordCode, _ header: IndexHeader
  ) throws(IndexError) -> CodecRecord {
    switch code {
    case "IxSQ": try CodecRecord(scalar: &cursor, header: header)
    case "IxHe": try CodecRecord(hash: &cursor, header: header, countsWords: false)
    case "IxHE": try CodecRecord(hash: &cursor, header: header, countsWords: true)
    case "Ixrq": try CodecRecord(raBitQ: &cursor, header: header, hasBits: false)
    case "Ixrr": try CodecRecord(raBitQ: &cursor, header: header, hasBits: true)
    default:
      if let kind = AdditiveRecord.Kind(code: code) {
        try additive(&cursor, kind, header, isLegacy: code == "IxRQ")
      } else {
        try CodecRecord(product: &cursor, header: header)
      }
    }
  }

  private static func additive(
    _ cursor: inout ByteCursor, _ kind: AdditiveRecord.Kind, _ header: IndexHeader, isLegacy: Bool
  ) throws(IndexError) -> CodecRecord {
    let codec = try CodecRecord(
      additive: &cursor, kind: kind, header: header, isLegacy: isLegacy)
    let size = try cursor.count("the bytes of a code")
    guard size == codec.codeSize else {
      throw cursor.corrupt(
        "codes should have \(codec.codeSize) bytes, found \(size)", at: cursor.offset - 8)
    }
    return codec
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "", range: range, header: header)
    description.children = [codec.description.inRole("codec")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    try codedIndex(from: &source, isWhole: false)
  }

  /// - Parameter isWhole: Whether all codes lie in one piece, as graphs want them.
  func codedIndex(
    from source: inout ByteSource, isWhole: Bool
  ) throws(IndexError) -> CodedIndex {
    try codec.raBitQ?.requirePresentFactors(codes.range, source)
    var loaded = try codec.codec(from: &source)
    if case .interleaved(let vectors, _, _) = layout, let product = loaded as? ProductQuantizer {
      loaded = try PQFastScanCodec(product, blockVectors: vectors)
    }
    let (start, count) = (codes.range.lowerBound, header.count)
    var index: CodedIndex
    if isWhole {
      let size = loaded.layout.byteCount(codes: count, codeSize: loaded.codeSize)
      let block = CodeBlock(
        bytes: try source.storage(start..<start + size), count: count, codeSize: loaded.codeSize,
        layout: loaded.layout)
      index = CodedIndex(codec: loaded, metric: header.metric, block: block)
    } else {
      index = try CodedIndex(codec: loaded, metric: header.metric, count: count) {
        range throws(IndexError) in
        try source.storage(start + range.lowerBound..<start + range.upperBound)
      }
    }
    if let searchFields { index.searchFields = searchFields }
    return index
  }

  static func write(_ index: CodedIndex, to sink: inout ByteSink) throws(IndexError) {
    let header = VicinalStorage.header(of: index)
    switch index.codec {
    case let product as ProductQuantizer:
      try sink.code("IxPq")
      try header.write(to: &sink)
      try CodecRecord.write(product, to: &sink)
      try writeCodes(index, to: &sink)
      try index.searchFields.write(to: &sink)
    case let scalar as ScalarQuantizer:
      try sink.code("IxSQ")
      try header.write(to: &sink)
      try CodecRecord.write(scalar, to: &sink)
      try writeCodes(index, to: &sink)
    case let hash as LSHCodec:
      // Readers, ours too, would refuse the file: such codes are compared under L2 only.
      guard index.metric == .l2 else {
        throw IndexError(
          .unsupported, "hash codes (LSH) are written with metric L2 only, not \(index.metric)")
      }
      try sink.code("IxHe")
      try header.write(to: &sink)
      try LSHRecord.write(hash, to: &sink)
      try writeCodes(index, to: &sink)
    case let signs as RaBitQuantizer:
      try sink.code(signs.bits == 1 ? "Ixrq" : "Ixrr")
      try header.write(to: &sink)
      try RaBitQRecord.write(signs, to: &sink)
      try writeCodes(index, to: &sink)
      try sink.array(signs.center)
      try RaBitQRecord.writeQueryBits(signs, index.scanOptions, to: &sink)
    case let additive as AdditiveQuantizer:
      try sink.code(AdditiveRecord.kind(of: additive).flatCode)
      try header.write(to: &sink)
      try AdditiveRecord.write(additive, to: &sink)
      try sink.count(additive.codeSize)
      try writeCodes(index, to: &sink)
    case let fast as PQFastScanCodec:
      try sink.code("IPfs")
      try header.write(to: &sink)
      try CodecRecord.write(fast.quantizer, to: &sink)
      try sink.integer(Int32(0))
      try sink.integer(Int32(fast.blockVectors))
      try sink.integer(Int32(0))
      let block = fast.blockVectors
      try sink.count((index.count + block - 1) / block * block)
      try sink.count(fast.codeSize * 2)
      try writeCodes(index, to: &sink)
    case let fast as RaBitQFastScanCodec:
      try RaBitQFastScanRecord.write(index, fast, to: &sink)
    default:
      throw IndexError(.unsupported, "codes of \(type(of: index.codec)) cannot be stored yet")
    }
  }

  static func writeCodes(
    _ index: CodedIndex, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.count(
      index.codec.layout.byteCount(codes: index.count, codeSize: index.codec.codeSize))
    for chunk in index.chunks { try sink.write(chunk.bytes.bytes) }
  }
}

extension CodedIndex.SearchFields {
  init(reading cursor: inout ByteCursor) throws(IndexError) {
    let type = try cursor.integer(Int32.self, "search_type")
    guard (0...5).contains(type) else {
      throw cursor.corrupt("search_type must be 0…5, found \(type)", at: cursor.offset - 4)
    }
    let encodesSigns = try cursor.bool("encode_signs")
    let threshold = try cursor.integer(Int32.self, "polysemous_ht")
    self.init(searchType: type, encodesSigns: encodesSigns, hammingThreshold: threshold)
  }

  func write(to sink: inout ByteSink) throws(IndexError) {
    try sink.integer(searchType)
    try sink.bool(encodesSigns)
    try sink.integer(hammingThreshold)
  }
}
