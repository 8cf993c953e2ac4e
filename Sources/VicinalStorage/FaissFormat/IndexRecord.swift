import VicinalCore
import VicinalIndexes

/// An index in a file, parsed and checked as far as that needs no memory of the size of its data.
protocol IndexRecord: Sendable {
  /// What the file says about the index.
  var header: IndexHeader { get }

  /// Vectors that are really there; bounded by the bytes of the file.
  var storedCount: Int { get }

  /// For people.
  var description: RecordDescription { get }

  /// Loads the data.
  func index(from source: inout ByteSource) throws(IndexError) -> any VectorIndex
}

/// Index records inside each other that are followed; faiss's own limit.
private let largestDepth = 50

/// Reads one index record, from its code on. `depth` is 1 for the record that a file consists of;
/// `role` says in messages what the record is for the one around it.
func parseIndex(
  _ cursor: inout ByteCursor, depth: Int, role: String?
) throws(IndexError) -> any IndexRecord {
  let start = cursor.offset
  guard depth <= largestDepth else {
    throw cursor.corrupt("more than \(largestDepth) indexes lie inside each other")
  }
  let code = try cursor.code(role.map { "the code of the \($0)" } ?? "the record code")
  guard let known = KnownRecord.all[code] else {
    throw cursor.corrupt("\(code) is not the code of any index", at: start)
  }
  return try cursor.within("record \(code) (\(known.className))") { cursor throws(IndexError) in
    switch code {
    case "IxF2", "IxFI", "IxFl": return try FlatRecord(reading: &cursor, code: code, start: start)
    case "IxFP", "IxFp": return try FlatPanoramaRecord(reading: &cursor, code: code, start: start)
    case "IwFl", "IvFl", "IvFL", "IwP2", "IwPn", "IwFd":
      return try IVFRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "IxPq", "IxPQ", "IxPo", "IxSQ", "IxHe", "IxHE", "Ixrq", "Ixrr", "IPfs", "IxRq", "IxRQ",
      "IxLS", "IxPR", "IxPL":
      return try CodedRecord(reading: &cursor, code: code, start: start)
    case "IwPQ", "IwSq", "IwPf", "IwQR", "IwSQ", "Iwrq", "Iwrr", "IvPQ", "IvQR", "IvSQ", "IwRQ",
      "IwLS", "IwPR", "IwPL":
      return try CodedIVFRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "Irfn", "Irfs":
      return try RaBitQFastScanRecord(reading: &cursor, code: code, start: start)
    case "Iwrn", "Iwrf":
      return try RaBitQFastScanIVFRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "Imiq": return try MultiIndexRecord(reading: &cursor, start: start)
    case "ImRQ": return try ResidualCoarseRecord(reading: &cursor, start: start)
    case "IxRF", "IxRP":
      return try RefinedRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "IHNf", "IHNp", "IHNs", "IHNr", "IH00", "IHfP":
      return try HNSWRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "IxMp", "IxM2":
      return try IDMapRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "IxPT": return try TransformedRecord(reading: &cursor, start: start, depth: depth)
    default:
      throw cursor.failure(.unsupported, known.refusal(as: role), at: start)
    }
  }
}

/// The description of a record that cannot be read, or `nil` if the cursor, which does not move,
/// is at one that can.
func unreadableRecord(_ cursor: inout ByteCursor) throws(IndexError) -> RecordDescription? {
  var ahead = ByteCursor(cursor.bytes, name: cursor.name)
  let code = try ahead.code("the record code")
  let readable: Set<RecordCode> = [
    "IxF2", "IxFI", "IxFl", "IxPq", "IxPQ", "IxPo", "IxSQ", "IxHe", "IxHE", "Ixrq", "Ixrr", "IPfs",
    "IwFl", "IvFl", "IvFL", "IwPQ",
    "IwSq", "IwPf", "IwQR", "IwSQ", "IvPQ", "IvQR", "IvSQ", "Iwrq", "Iwrr", "Imiq", "IxRF", "IHNf",
    "IHNp", "IHNs",
    "IHNr", "IH00", "IxMp", "IxM2", "IxPT", "IxRq", "IxRQ", "IxLS", "IxPR", "IxPL", "IwRQ", "IwLS",
    "IwPR", "IwPL", "ImRQ",
    "Irfn", "Irfs", "Iwrn", "Iwrf", "IxFP", "IxFp", "IwP2", "IwPn", "IxRP", "IHfP", "IwFd",
  ]
  guard let known = KnownRecord.all[code], !readable.contains(code) else { return nil }
  let range = 0..<cursor.bytes.byteCount
  var description = RecordDescription(code, className: known.className, range: range)
  if known.kind == .index {
    description = RecordDescription(
      code, className: known.className, range: range, header: try IndexHeader(reading: &ahead))
  }
  description.isReadable = false
  return description
}

extension KnownRecord {
  /// Why a record cannot be read.
  fileprivate func refusal(as role: String?) -> String {
    let place = role.map { " as \($0)" } ?? ""
    switch kind {
    case .index, .irregularIndex:
      return "faiss's \(className) cannot be read\(place); \(Self.readable)"
    case .binaryIndex:
      return "faiss's \(className) holds binary vectors and cannot be read; \(Self.readable)"
    case .transform:
      return "this is a vector transform by itself (\(className)), not an index"
    case .lists: return "these are inverted lists by themselves (\(className)), not an index"
    case .nothing: return "there is no index here\(place)"
    }
  }
}

/// Writes one index record.
func writeIndex(_ index: any VectorIndex, to sink: inout ByteSink) throws(IndexError) {
  switch index {
  case let index as FlatIndex where index.panorama != nil:
    if let layout = index.panorama { try FlatPanoramaRecord.write(index, layout, to: &sink) }
  case let index as FlatIndex: try FlatRecord.write(index.rows, to: &sink)
  case let index as CodedIndex: try CodedRecord.write(index, to: &sink)
  case let index as IVFIndex where index.codec == nil: try IVFRecord.write(index, to: &sink)
  case let index as IVFIndex: try CodedIVFRecord.write(index, to: &sink)
  case let index as IVFPQRIndex: try CodedIVFRecord.write(index, to: &sink)
  case let index as MultiIndexQuantizer: try MultiIndexRecord.write(index, to: &sink)
  case let index as ResidualCoarseQuantizer: try ResidualCoarseRecord.write(index, to: &sink)
  case let index as RefinedIndex: try RefinedRecord.write(index, to: &sink)
  case let index as HNSWIndex: try HNSWRecord.write(index, to: &sink)
  case let index as IDMapIndex: try IDMapRecord.write(index, to: &sink)
  case let index as TransformedIndex: try TransformedRecord.write(index, to: &sink)
  case is ShardedIndex, is ReplicatedIndex:
    throw IndexError(
      .unsupported,
      "a \(type(of: index)) is not stored in one file, in faiss neither; write each shard, or one"
        + " replica, to a file of its own, and put them together again after reading")
  default:
    throw IndexError(
      .unsupported,
      "this \(type(of: index)) cannot be stored; flat, IVF and HNSW indexes of floats and of codes,"
        + " refined indexes, id maps and transformed indexes can")
  }
}

/// The header of an index.
func header(of index: any VectorIndex) -> IndexHeader {
  IndexHeader(
    dimension: index.dimension, count: faissCount(of: index), isTrained: index.isTrained,
    metric: index.metric)
}

/// What faiss counts: also vectors that an inverted file refused to store (NaN).
private func faissCount(of index: any VectorIndex) -> Int {
  switch index.core {
  case let index as IVFIndex: index.count + index.unlistedCount
  case let index: index.count
  }
}
