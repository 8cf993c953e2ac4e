import VicinalCompute
import VicinalCore
import VicinalIndexes

/// `IxF2`, `IxFI`, `IxFl`: a header, then all vectors.
struct FlatRecord: FloatRowsRecord {
  let code: RecordCode
  let header: IndexHeader
  /// The floats.
  let values: ArrayPlace
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, code: RecordCode, start: Int) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    let place = cursor.offset
    values = try cursor.array(of: 4, "the vectors")
    let (expected, overflow) = header.count.multipliedReportingOverflow(by: header.dimension)
    guard !overflow, values.count == expected else {
      throw cursor.corrupt(
        "\(header.count) vectors of dimension \(header.dimension) should have as many floats, but"
          + " there are \(values.count)", at: place)
    }
    range = start..<cursor.offset
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "IndexFlat", range: range,
      header: header)
  }

  func index(
    from source: inout ByteSource, isAccelerated: Bool
  ) throws(IndexError) -> FlatIndex {
    FlatIndex(rows: try rows(from: &source, isAccelerated: isAccelerated))
  }

  /// The vectors, chunk by chunk.
  func rows(from source: inout ByteSource, isAccelerated: Bool) throws(IndexError) -> RowChunks {
    var rows = RowChunks(
      dimension: header.dimension, metric: header.metric, isAccelerated: isAccelerated)
    let step = rows.chunkRows * header.dimension * 4
    var pieces: [ByteStorage] = []
    for first in stride(from: values.range.lowerBound, to: values.range.upperBound, by: step) {
      pieces.append(try source.storage(first..<min(first + step, values.range.upperBound)))
    }
    rows.adopt(chunks: pieces, kernels: source.kernels)
    return rows
  }

  static func write(_ rows: RowChunks, to sink: inout ByteSink) throws(IndexError) {
    switch rows.metric {
    case .innerProduct: try sink.code("IxFI")
    case .l2: try sink.code("IxF2")
    default: try sink.code("IxFl")
    }
    let header = IndexHeader(
      dimension: rows.dimension, count: rows.count, isTrained: true, metric: rows.metric)
    try header.write(to: &sink)
    try sink.count(rows.count * rows.dimension)
    for block in rows.blocks { try sink.write(block.rowBytes) }
  }
}

extension RowBlock {
  /// The vectors as files hold them.
  var rowBytes: RawSpan {
    @_lifetime(borrow self)
    get { rows.bytes.extracting(0..<count * dimension * 4) }
  }
}
