import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `ImRQ`: header, residual quantizer, beam factor. Its cells are not in the file; they are sums of
/// entries.
struct ResidualCoarseRecord: IndexRecord {
  let header: IndexHeader
  let codec: CodecRecord
  let beamFactor: Float
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, start: Int) throws(IndexError) {
    header = try IndexHeader(reading: &cursor)
    codec = try CodecRecord(additive: &cursor, kind: .residual, header: header)
    beamFactor = try cursor.float("beam_factor")
    range = start..<cursor.offset
    let total = codec.entryBits
    guard total <= 30 else {
      throw cursor.corrupt("there are at most 2^30 cells, not 2^\(total)", at: start)
    }
    guard header.count == (codec.isTrained ? 1 << total : 0) else {
      throw cursor.corrupt(
        "\(total) bits make \(1 << total) cells, the header says \(header.count)", at: start)
    }
    guard header.metric == .l2 else {
      throw cursor.failure(
        .unsupported, "a residual coarse quantizer is read with metric L2, not \(header.metric)",
        at: start)
    }
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      "ImRQ", className: "ResidualCoarseQuantizer", range: range, header: header)
    description.children = [codec.description.inRole("codec")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    do throws(IndexError) {
      guard let quantizer = try codec.codec(from: &source) as? AdditiveQuantizer else {
        throw IndexError(.corruptFile, "expected a residual quantizer")
      }
      var index = try ResidualCoarseQuantizer(quantizer)
      index.beamFactor = beamFactor
      return index
    } catch {
      throw source.named(error)
    }
  }

  static func write(
    _ index: ResidualCoarseQuantizer, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.code("ImRQ")
    try VicinalStorage.header(of: index).write(to: &sink)
    try AdditiveRecord.write(index.quantizer, to: &sink)
    try sink.float(index.beamFactor)
  }
}
