import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `Irfn`: header, RaBitQ quantizer, centre, query bits, blocks of interleaved codes; `Irfs` of
/// faiss 1.13, where all but the signs stands in an array of its own.
struct RaBitQFastScanRecord: IndexRecord {
  let code: RecordCode
  let header: IndexHeader
  let signs: RaBitQRecord
  let factors: RaBitQFactors?
  let block: Int
  let codes: ArrayPlace
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, code: RecordCode, start: Int) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    // Bits are missing in files of 1.13.0 and 1.13.1: where they would be is the length of the
    // centre.
    let hasBits =
      code == "Irfn"
      || (cursor.peekBits { [dimension = header.dimension] bits, next in
        (1...9).contains(bits) && next == UInt64(dimension)
      } ?? false)
    var signs = try RaBitQRecord(reading: &cursor, header: header, hasBits: hasBits)
    try signs.readCenter(&cursor)
    self.signs = signs
    factors =
      code == "Irfn"
      ? nil
      : try RaBitQFactors(reading: &cursor, signs: signs, hasBits: hasBits) {
        [count = header.count] cursor, place in
        // Vectors of a block, then vectors with padding.
        guard place + 12 <= cursor.bytes.byteCount else { return false }
        let block = cursor.bytes.loadUnaligned(place, as: UInt32.self).littleEndian
        let padded = cursor.bytes.loadUnaligned(place + 4, as: UInt64.self).littleEndian
        return block > 0 && block.isMultiple(of: 32) && padded.isMultiple(of: UInt64(block))
          && padded >= UInt64(count)
      }
    block = try FastScanGeometry.block(&cursor)
    let padded = try cursor.count("the vectors with padding")
    try signs.checkPairs(&cursor)
    // What faiss counted as bytes of a code differs between releases.
    _ = try cursor.count("the bytes of a code")
    let place = cursor.offset
    codes = try cursor.array(of: 1, "the codes")
    range = start..<cursor.offset
    let layout = signs.layout(block: block, isComplete: factors == nil)
    let bytes = layout.checkedByteCount(codes: header.count, codeSize: signs.codeSize)
    // Blocks that were emptied may be left at the end.
    guard padded >= header.count, let bytes, codes.count >= bytes else {
      throw cursor.corrupt(
        "\(codes.count) bytes of blocks for \(padded) vectors cannot hold \(header.count)",
        at: place)
    }
    if let factors, factors.count != header.count {
      throw cursor.corrupt("there are factors of \(factors.count) vectors, not \(header.count)")
    }
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "", range: range, header: header)
    description.note = "\(signs.bits) bits"
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    do throws(IndexError) {
      let codec = try RaBitQFastScanCodec(signs.codec(from: &source), blockVectors: block)
      let stored = signs.layout(block: block, isComplete: factors == nil)
      let start = codes.range.lowerBound
      let index: CodedIndex
      if let factors {
        let size = stored.byteCount(codes: header.count, codeSize: signs.codeSize)
        let bytes = try source.storage(start..<start + size)
        let ids = (0..<Int64(header.count)).map(\.self)
        let whole = try factors.block(bytes, ids: ids, codec: codec, from: source)
        index = CodedIndex(codec: codec, metric: header.metric, block: whole)
      } else {
        index = try CodedIndex(codec: codec, metric: header.metric, count: header.count) {
          range throws(IndexError) in
          try source.storage(start + range.lowerBound..<start + range.upperBound)
        }
      }
      if let first = index.chunks.first { try signs.requirePresentFactors(of: first, codes.range) }
      return index
    } catch {
      throw source.named(error)
    }
  }

  static func write(
    _ index: CodedIndex, _ codec: RaBitQFastScanCodec, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.code("Irfn")
    try VicinalStorage.header(of: index).write(to: &sink)
    try RaBitQRecord.write(codec.quantizer, hasBits: true, to: &sink)
    try sink.array(codec.quantizer.center)
    try RaBitQRecord.writeQueryBits(codec, index.scanOptions, to: &sink)
    let block = codec.blockVectors
    try sink.integer(Int32(block))
    try sink.count((index.count + block - 1) / block * block)
    try sink.count(codec.signBytes * 2)
    try sink.count(codec.codeSize)
    try CodedRecord.writeCodes(index, to: &sink)
  }
}
