import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `IxPq`, `IxSQ`, `IPfs`: header, codec, codes; `IxPQ` and `IxPo` of old releases.
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
    codec =
      code == "IxSQ"
      ? try CodecRecord(scalar: &cursor, header: header)
      : try CodecRecord(product: &cursor, header: header)
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
    searchFields =
      code == "IxPq" || code == "IxPo" ? try CodedIndex.SearchFields(reading: &cursor) : nil
    range = start..<cursor.offset
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "", range: range, header: header)
    description.children = [codec.description.inRole("codec")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    var loaded = try codec.codec(from: &source)
    if case .interleaved(let vectors, _, _) = layout, let product = loaded as? ProductQuantizer {
      loaded = try PQFastScanCodec(product, blockVectors: vectors)
    }
    let size = layout.byteCount(codes: header.count, codeSize: codec.codeSize)
    let bytes = try source.storage(codes.range.lowerBound..<codes.range.lowerBound + size)
    var index = CodedIndex(
      codec: loaded, metric: header.metric, codes: bytes, count: header.count)
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
    default:
      throw IndexError(.unsupported, "codes of \(type(of: index.codec)) cannot be stored yet")
    }
  }

  private static func writeCodes(
    _ index: CodedIndex, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.count(
      index.codec.layout.byteCount(codes: index.count, codeSize: index.codec.codeSize))
    for chunk in index.chunks { try sink.write(chunk.bytes.bytes) }
  }
}

/// What fast-scan records say about their blocks.
struct FastScanGeometry {
  let layout: CodeLayout
  private let pairs: Int

  /// Codes in a block that are believed.
  private static let largestBlock = 1 << 16

  /// Reads implem, bbs and qbs of `IPfs`.
  init(reading cursor: inout ByteCursor, codec: CodecRecord) throws(IndexError) {
    _ = try cursor.integer(Int32.self, "implem")
    let block = Int(try cursor.integer(Int32.self, "the vectors of a block"))
    _ = try cursor.integer(Int32.self, "qbs")
    try self.init(block: block, codec: codec, cursor)
  }

  init(block: Int, codec: CodecRecord, _ cursor: borrowing ByteCursor) throws(IndexError) {
    guard codec.bits == 4 else {
      throw cursor.corrupt("fast scan needs 4 bits per part, the codec has \(codec.bits)")
    }
    guard block > 0, block.isMultiple(of: 32), block <= Self.largestBlock else {
      throw cursor.corrupt(
        "blocks must hold a multiple of 32 vectors up to \(Self.largestBlock), found \(block)")
    }
    pairs = codec.codeSize
    layout = .interleaved(vectors: block, pairs: pairs, extra: 0)
  }

  func check(pairs found: Int, _ cursor: borrowing ByteCursor) throws(IndexError) {
    guard found == pairs * 2 else {
      throw cursor.corrupt("there are \(found) padded sub-codes, expected \(pairs * 2)")
    }
  }
}

extension CodeLayout {
  /// As `byteCount`, or `nil` if that is more than can be counted.
  func checkedByteCount(codes count: Int, codeSize: Int) -> Int? {
    let rows = (count + blockCount - 1) / blockCount * blockCount
    let (bytes, overflow) = rows.multipliedReportingOverflow(by: max(1, codeSize))
    return overflow || bytes > 1 << 60 ? nil : byteCount(codes: count, codeSize: codeSize)
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
