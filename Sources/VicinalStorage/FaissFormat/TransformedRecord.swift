import VicinalCore
import VicinalIndexes

/// `IxPT` with one `VNrm`: header, number of transforms, the transform, an index.
struct TransformedRecord: IndexRecord {
  let header: IndexHeader
  let transform: Range<Int>
  let inner: any IndexRecord
  let range: Range<Int>

  /// The norm that vectors are divided by; faiss has no other.
  private static let norm: Float = 2

  init(reading cursor: inout ByteCursor, start: Int, depth: Int) throws(IndexError) {
    header = try IndexHeader(reading: &cursor)
    let count = try cursor.integer(Int32.self, "the number of transforms")
    guard count >= 0 else {
      throw cursor.corrupt("there are \(count) transforms", at: cursor.offset - 4)
    }
    guard count == 1 else {
      throw cursor.failure(
        .unsupported,
        "an index behind \(count) transforms cannot be read; one L2norm (VNrm) can",
        at: cursor.offset - 4)
    }
    let place = cursor.offset
    try Self.readNormalization(&cursor, dimension: header.dimension)
    transform = place..<cursor.offset
    let innerPlace = cursor.offset
    inner = try parseIndex(&cursor, depth: depth + 1, role: "index behind the transform")
    try header.require(like: inner, cursor, at: innerPlace)
    range = start..<cursor.offset
  }

  private static func readNormalization(
    _ cursor: inout ByteCursor, dimension: Int
  ) throws(IndexError) {
    let place = cursor.offset
    let code = try cursor.code("the code of the transform")
    guard let known = KnownRecord.all[code], known.kind == .transform else {
      throw cursor.corrupt("\(code) is not the code of a vector transform", at: place)
    }
    guard code == "VNrm" else {
      throw cursor.failure(
        .unsupported,
        "faiss's \(known.className) (\(code)) cannot be read; the only transform that can is"
          + " L2norm (VNrm)", at: place)
    }
    let norm = try cursor.float("the norm")
    guard norm == Self.norm else {
      throw cursor.failure(
        .unsupported, "vectors can be normalised by norm 2, not \(norm)", at: place + 4)
    }
    let (from, to) = (
      try cursor.integer(Int32.self, "the dimension before the transform"),
      try cursor.integer(Int32.self, "the dimension behind the transform")
    )
    guard from == dimension, to == dimension else {
      throw cursor.corrupt(
        "a normalisation leads from dimension \(from) to \(to); expected \(dimension)",
        at: place + 8)
    }
    _ = try cursor.bool("is_trained of the transform")
  }

  var storedCount: Int { inner.storedCount }

  var description: RecordDescription {
    var description = RecordDescription(
      "IxPT", className: "IndexPreTransform", range: range, header: header)
    var normalization = RecordDescription(
      "VNrm", className: "NormalizationTransform", range: transform)
    normalization.role = "transform"
    description.children = [normalization, inner.description]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    TransformedIndex(try inner.index(from: &source))
  }

  static func write(_ index: TransformedIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("IxPT")
    try VicinalStorage.header(of: index).write(to: &sink)
    try sink.integer(Int32(1))
    try sink.code("VNrm")
    try sink.float(norm)
    try sink.integer(Int32(index.dimension))
    try sink.integer(Int32(index.dimension))
    try sink.bool(true)
    try writeIndex(index.inner, to: &sink)
  }
}
