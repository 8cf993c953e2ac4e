import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `Iwrn`: the fields of all inverted files, RaBitQ quantizer, lists of interleaved codes; `Iwrf`
/// of faiss 1.13, where all but the signs stands in one array by id.
struct RaBitQFastScanIVFRecord: IndexRecord {
  let fields: IVFFields
  let signs: RaBitQRecord
  let factors: RaBitQFactors?
  let block: Int
  let isCentered: Bool
  let lists: InvertedListsRecord
  let range: Range<Int>

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    fields = try IVFFields(reading: &cursor, code: code, depth: depth)
    // Files of 1.13.0 and 1.13.1 go on with a flag and a length, which are no small number.
    let hasBits = code == "Iwrn" || (cursor.peekBits { bits, _ in (1...9).contains(bits) } ?? false)
    var signs = try RaBitQRecord(reading: &cursor, header: fields.header, hasBits: hasBits)
    // Whatever the flag says, codes are relative to the centroid.
    _ = try cursor.bool("by_residual")
    _ = try cursor.count("the bytes of a code")
    block = try FastScanGeometry.block(&cursor)
    _ = try cursor.count("qbs2")
    try signs.checkPairs(&cursor)
    _ = try cursor.integer(Int32.self, "implem")
    try signs.readQueryBits(&cursor)
    self.signs = signs
    isCentered = try cursor.bool("centered")
    factors =
      code == "Iwrn"
      ? nil
      : try RaBitQFactors(reading: &cursor, signs: signs, hasBits: hasBits) { cursor, place in
        place + 4 <= cursor.bytes.byteCount && cursor.bytes.byte(place) == UInt8(ascii: "i")
          && cursor.bytes.byte(place + 1) == UInt8(ascii: "l")
      }
    lists = try InvertedListsRecord(
      reading: &cursor, fields, codeSize: factors == nil ? signs.codeSize : signs.signBytes,
      layout: signs.layout(block: block, isComplete: factors == nil), legacyUnit: 1)
    range = start..<cursor.offset
    try fields.require(lists, cursor)
  }

  var header: IndexHeader { fields.header }
  var storedCount: Int { lists.count }

  var description: RecordDescription {
    var description = fields.description(range, lists)
    description.note = "\(signs.bits) bits"
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    let coarse = try fields.coarse.index(from: &source)
    do throws(IndexError) {
      var codec = try RaBitQFastScanCodec(signs.codec(from: &source), blockVectors: block)
      codec.isCentered = isCentered
      let lists = try content(codec, from: &source)
      for (place, list) in zip(self.lists.places, self.lists.places.map { lists[$0.list] }) {
        if let codes = list.codes { try signs.requirePresentFactors(of: codes, place.rows) }
      }
      let map = try fields.directMap.map(from: &source, lists: lists)
      var index = try IVFIndex(
        codec: codec, isResidual: true, metric: header.metric, coarse: coarse, lists: lists,
        count: self.lists.count, probes: fields.probes, directMap: map,
        execution: source.options.execution)
      index.unlistedCount = max(0, header.count - index.count)
      index.givePagesBack(source.pages)
      return index
    } catch {
      throw source.named(error)
    }
  }

  private func content(
    _ codec: RaBitQFastScanCodec, from source: inout ByteSource
  ) throws(IndexError) -> [InvertedList] {
    guard let factors else { return try lists.lists(from: &source, codec: codec) }
    let none = CodeBlock(codeSize: codec.codeSize, layout: codec.layout)
    let empty = InvertedList(codes: none, ids: ByteStorage(), dimension: codec.dimension)
    var content = Array(repeating: empty, count: lists.listCount)
    for place in lists.places {
      let ids = try source.integers(
        ArrayPlace(count: place.ids.count / 8, range: place.ids), as: Int64.self)
      let codes = try factors.block(
        source.storage(place.rows), ids: ids, codec: codec, from: source)
      content[place.list] = InvertedList(
        codes: codes, ids: try source.storage(place.ids), dimension: codec.dimension)
    }
    return content
  }

  static func write(
    _ index: IVFIndex, _ codec: RaBitQFastScanCodec, to sink: inout ByteSink
  ) throws(IndexError) {
    guard index.isResidual else {
      throw IndexError(
        .unsupported,
        "lists of RaBitQ codes can be stored if codes are relative to centroids only (isResidual)")
    }
    try IVFFields.write(index, code: "Iwrn", to: &sink)
    try RaBitQRecord.write(codec.quantizer, hasBits: true, to: &sink)
    try sink.bool(true)
    try sink.count(codec.codeSize)
    try sink.integer(Int32(codec.blockVectors))
    try sink.count(0)
    try sink.count(codec.signBytes * 2)
    try sink.integer(Int32(0))
    try RaBitQRecord.writeQueryBits(codec, index.scanOptions, to: &sink)
    try sink.bool(codec.isCentered)
    try InvertedListsRecord.write(
      index.lists, codeSize: codec.codeSize, layout: codec.layout, to: &sink)
  }
}
