import VicinalCore
import VicinalIndexes

/// `IxRF`, `IxRP`: header, the index that finds candidates, the one that compares them again, a factor.
struct RefinedRecord: IndexRecord {
  let code: RecordCode
  let header: IndexHeader
  let base: any IndexRecord
  let refiner: any IndexRecord
  let factor: Float
  let range: Range<Int>

  init(
    reading cursor: inout ByteCursor, code: RecordCode, start: Int, depth: Int
  ) throws(IndexError) {
    self.code = code
    header = try IndexHeader(reading: &cursor)
    let place = cursor.offset
    base = try parseIndex(&cursor, depth: depth + 1, role: "index that finds candidates")
    refiner = try parseIndex(&cursor, depth: depth + 1, role: "index that compares again")
    factor = try cursor.refineFactor()
    range = start..<cursor.offset
    for part in [base.header, refiner.header] {
      guard part.dimension == header.dimension, part.metric == header.metric else {
        throw cursor.corrupt(
          "a part has dimension \(part.dimension) and metric \(part.metric), the whole"
            + " \(header.dimension) and \(header.metric)", at: place)
      }
    }
    guard base.storedCount == refiner.storedCount else {
      throw cursor.corrupt(
        "the two parts hold \(base.storedCount) and \(refiner.storedCount) vectors", at: place)
    }
    var compared = refiner
    while let transformed = compared as? TransformedRecord { compared = transformed.inner }
    guard
      compared is any FloatRowsRecord || compared is CodedRecord
        || compared is RaBitQFastScanRecord
    else {
      throw cursor.failure(
        .unsupported, "candidates can be compared again by flat indexes of vectors or codes only",
        at: place)
    }
  }

  var storedCount: Int { refiner.storedCount }

  var description: RecordDescription {
    var description = RecordDescription(
      code, className: KnownRecord.all[code]?.className ?? "", range: range, header: header)
    description.children = [
      base.description.inRole("candidates"), refiner.description.inRole("refinement"),
    ]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex {
    let first = try base.index(from: &source)
    let second: any VectorIndex =
      if let flat = refiner as? any FloatRowsRecord {
        try flat.index(from: &source, isAccelerated: false)
      } else {
        try refiner.index(from: &source)
      }
    do throws(IndexError) {
      var index = try RefinedIndex(first, by: second)
      index.refineFactor = factor
      index.isPanorama = code == "IxRP"
      return index
    } catch {
      throw source.named(error)
    }
  }

  static func write(_ index: RefinedIndex, to sink: inout ByteSink) throws(IndexError) {
    let isPanorama = index.isPanorama && (index.refiner as? FlatIndex)?.panorama != nil
    try sink.code(isPanorama ? "IxRP" : "IxRF")
    try VicinalStorage.header(of: index).write(to: &sink)
    try writeIndex(index.base, to: &sink)
    try writeIndex(index.refiner, to: &sink)
    try sink.float(index.refineFactor)
  }
}

extension ByteCursor {
  /// A factor within the range that refined indexes take.
  mutating func refineFactor() throws(IndexError) -> Float {
    let factor = try float("k_factor")
    guard factor >= 1, factor <= RefinedIndex.largestFactor else {
      throw corrupt(
        "k_factor must be 1…\(Int(RefinedIndex.largestFactor)), found \(factor)", at: offset - 4)
    }
    return factor
  }
}
