import VicinalCompute
import VicinalCore
import VicinalIndexes

/// `IxFP` (L2), `IxFp` (inner product): dimension, levels, batch, count, then all vectors in levels
/// and the lengths of what is left of them from each level on, which are not needed.
struct FlatPanoramaRecord: FloatRowsRecord {
  let code: RecordCode
  let header: IndexHeader
  let layout: PanoramaLayout
  let values: ArrayPlace
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, code: RecordCode, start: Int) throws(IndexError) {
    self.code = code
    let dimension = Int(try cursor.integer(Int32.self, "the dimension"))
    guard dimension >= 1, dimension <= IndexHeader.largestDimension else {
      throw cursor.corrupt(
        "the dimension must be 1…\(IndexHeader.largestDimension), found \(dimension)",
        at: cursor.offset - 4)
    }
    layout = try PanoramaLayout(reading: &cursor, dimension: dimension)
    let count = try cursor.integer(Int64.self, "the number of vectors")
    guard count >= 0, count <= IndexHeader.largestCount else {
      throw cursor.corrupt(
        "the number of vectors must be 0…\(IndexHeader.largestCount), found \(count)",
        at: cursor.offset - 8)
    }
    let isTrained = try cursor.bool("is_trained")
    header = IndexHeader(
      dimension: dimension, count: Int(count), isTrained: isTrained,
      metric: code == "IxFP" ? .l2 : .innerProduct)
    let place = cursor.offset
    values = try cursor.array(of: 1, "the vectors")
    let lengths = try cursor.array(of: 4, "the lengths")
    range = start..<cursor.offset
    let rows = PanoramaRows(layout: layout, dimension: dimension)
    let levels = layout.filledLevels(dimension: dimension)
    guard let padded = rows.paddedCount(header.count),
      values.count / 4 / dimension == padded, values.count == padded * dimension * 4,
      lengths.count == padded * (levels + 1)
    else {
      throw cursor.corrupt(
        "\(count) vectors of dimension \(dimension) in \(levels) levels and batches of"
          + " \(layout.batchVectors) cannot take \(values.count) bytes and \(lengths.count) lengths",
        at: place)
    }
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "", range: range, header: header)
    description.note = "\(layout.levels) levels, batches of \(layout.batchVectors)"
    return description
  }

  func index(
    from source: inout ByteSource, isAccelerated: Bool
  ) throws(IndexError) -> FlatIndex {
    var rows = RowChunks(
      dimension: header.dimension, metric: header.metric, isAccelerated: isAccelerated)
    let levels = PanoramaRows(layout: layout, dimension: header.dimension)
    let all = try levels.rows(in: values.range, count: header.count, from: &source)
    let step = rows.chunkRows * header.dimension * 4
    var pieces: [ByteStorage] = []
    for first in stride(from: 0, to: all.count, by: step) {
      pieces.append(all.slice(first..<min(first + step, all.count)))
    }
    rows.adopt(chunks: pieces, kernels: source.kernels)
    var index = FlatIndex(rows: rows)
    try index.setPanorama(layout)
    return index
  }

  static func write(
    _ index: FlatIndex, _ layout: PanoramaLayout, to sink: inout ByteSink
  ) throws(IndexError) {
    let header = VicinalStorage.header(of: index)
    try header.requireStorable()
    let rows = PanoramaRows(layout: layout, dimension: index.dimension)
    guard let padded = rows.paddedCount(index.count) else {
      throw IndexError(.unsupported, "files cannot hold \(index.count) vectors in batches")
    }
    try sink.code(index.metric == .l2 ? "IxFP" : "IxFp")
    try sink.integer(Int32(index.dimension))
    try sink.count(layout.levels)
    try sink.count(layout.batchVectors)
    try sink.integer(Int64(index.count))
    try sink.bool(true)
    try sink.count(padded * index.dimension * 4)
    try rows.write(count: index.count, to: &sink) { index.rows.appendRow($0, to: &$1) }
    try sink.count(padded * (layout.filledLevels(dimension: index.dimension) + 1))
    try rows.writeLengths(count: index.count, to: &sink) { index.rows.appendRow($0, to: &$1) }
  }
}

/// A record of vectors by number, kept as floats.
protocol FloatRowsRecord: IndexRecord {
  /// Loads the vectors, with an int8 companion or without.
  func index(from source: inout ByteSource, isAccelerated: Bool) throws(IndexError) -> FlatIndex
}

extension FloatRowsRecord {
  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    try index(from: &source, isAccelerated: source.options.isAccelerated)
  }
}
