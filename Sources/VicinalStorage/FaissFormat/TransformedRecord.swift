import VicinalCoding
import VicinalCore
import VicinalIndexes

/// `IxPT`: header, number of transforms, the transforms, an index.
struct TransformedRecord: IndexRecord {
  let header: IndexHeader
  let transforms: [TransformRecord]
  let inner: any IndexRecord
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, start: Int, depth: Int) throws(IndexError) {
    header = try IndexHeader(reading: &cursor)
    let place = cursor.offset
    let count = try cursor.integer(Int32.self, "the number of transforms")
    guard count >= 0 else {
      throw cursor.corrupt("there are \(count) transforms", at: place)
    }
    var dimension = header.dimension
    var transforms: [TransformRecord] = []
    for number in 0..<count {
      let record = try TransformRecord(reading: &cursor)
      guard record.inputDimension == dimension else {
        throw cursor.corrupt(
          "transform \(number + 1) takes vectors of dimension \(record.inputDimension), but gets"
            + " \(dimension)", at: record.range.lowerBound)
      }
      dimension = record.outputDimension
      transforms.append(record)
    }
    self.transforms = transforms
    let innerPlace = cursor.offset
    inner = try parseIndex(&cursor, depth: depth + 1, role: "index behind the transform")
    var transformed = header
    transformed.dimension = dimension
    try transformed.require(like: inner, cursor, at: innerPlace)
    range = start..<cursor.offset
  }

  var storedCount: Int { inner.storedCount }

  var description: RecordDescription {
    var description = RecordDescription(
      "IxPT", className: "IndexPreTransform", range: range, header: header)
    description.children = transforms.map(\.description) + [inner.description]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    var loaded: [any VectorTransform] = []
    for record in transforms { loaded.append(try record.transform(from: &source)) }
    return try TransformedIndex(loaded, try inner.index(from: &source))
  }

  static func write(_ index: TransformedIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("IxPT")
    try VicinalStorage.header(of: index).write(to: &sink)
    try sink.integer(Int32(index.chain.transforms.count))
    for transform in index.chain.transforms { try TransformRecord.write(transform, to: &sink) }
    try writeIndex(index.inner, to: &sink)
  }
}
