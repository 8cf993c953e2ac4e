import VicinalCore
import VicinalIndexes

/// `Imiq`: header, product quantizer. Its cells are not in the file; they follow from the parts.
struct MultiIndexRecord: IndexRecord {
  let header: IndexHeader
  let codec: CodecRecord
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, start: Int) throws(IndexError) {
    header = try IndexHeader(reading: &cursor)
    codec = try CodecRecord(product: &cursor, header: header)
    range = start..<cursor.offset
    let (total, overflow) = codec.subspaces.multipliedReportingOverflow(by: codec.bits)
    guard !overflow, total <= 30 else {
      throw cursor.corrupt(
        "a multi-index has at most 2^30 cells, not \(codec.subspaces) parts of \(codec.bits) bits",
        at: start)
    }
    guard header.count == (header.isTrained ? 1 << total : 0) else {
      throw cursor.corrupt(
        "\(codec.subspaces) parts of \(codec.bits) bits make \(1 << total) cells, the header says"
          + " \(header.count)", at: start)
    }
    guard header.metric == .l2 else {
      throw cursor.failure(
        .unsupported, "a multi-index is read with metric L2, not \(header.metric)", at: start)
    }
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      "Imiq", className: "MultiIndexQuantizer", range: range, header: header)
    description.children = [codec.description.inRole("codec")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    do throws(IndexError) {
      return try MultiIndexQuantizer(codec.productQuantizer(from: &source))
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: MultiIndexQuantizer, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("Imiq")
    try VicinalStorage.header(of: index).write(to: &sink)
    try CodecRecord.write(index.quantizer, to: &sink)
  }
}
