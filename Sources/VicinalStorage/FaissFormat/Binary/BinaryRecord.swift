import VicinalCore
import VicinalIndexes

/// A binary index in a file, parsed and checked as far as that needs no memory of the size of its
/// data.
protocol BinaryRecord: Sendable {
  /// What the file says about the index.
  var header: BinaryHeader { get }

  /// Vectors that are really there; bounded by the bytes of the file.
  var storedCount: Int { get }

  /// For people.
  var description: RecordDescription { get }

  /// Loads the data.
  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex
}

/// Index records inside each other that are followed; faiss's own limit.
private let largestDepth = 50

/// Reads one binary index record, from its code on. `depth` is 1 for the record that a file
/// consists of; `role` says in messages what the record is for the one around it.
func parseBinaryIndex(
  _ cursor: inout ByteCursor, depth: Int, role: String?
) throws(IndexError) -> any BinaryRecord {
  let start = cursor.offset
  guard depth <= largestDepth else {
    throw cursor.corrupt("more than \(largestDepth) indexes lie inside each other")
  }
  let code = try cursor.code(role.map { "the code of the \($0)" } ?? "the record code")
  guard let known = KnownRecord.all[code] else {
    throw cursor.corrupt("\(code) is not the code of any index", at: start)
  }
  guard known.kind == .binaryIndex else {
    throw cursor.failure(
      .unsupported,
      "\(known.className) does not hold binary vectors; IndexFile reads indexes over floats",
      at: start)
  }
  return try cursor.within("record \(code) (\(known.className))") { cursor throws(IndexError) in
    switch code {
    case "IBwF": return try BinaryIVFRecord(reading: &cursor, start: start, depth: depth)
    case "IBHf", "IBHc":
      return try BinaryHNSWRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "IBMp", "IBM2":
      return try BinaryIDMapRecord(reading: &cursor, code: code, start: start, depth: depth)
    case "IBFf": return try BinaryFromFloatRecord(reading: &cursor, start: start, depth: depth)
    case "IBHh": return try BinaryHashRecord(reading: &cursor, start: start)
    case "IBHm": return try BinaryMultiHashRecord(reading: &cursor, start: start, depth: depth)
    default: return try BinaryFlatRecord(reading: &cursor, start: start)
    }
  }
}

/// Writes one binary index record.
func writeBinaryIndex(
  _ index: any BinaryIndex, to sink: inout ByteSink
) throws(IndexError) {
  switch index {
  case let index as BinaryFlatIndex: try BinaryFlatRecord.write(index, to: &sink)
  case let index as BinaryIVFIndex: try BinaryIVFRecord.write(index, to: &sink)
  case let index as BinaryHNSWIndex: try BinaryHNSWRecord.write(index, to: &sink)
  case let index as BinaryIDMapIndex: try BinaryIDMapRecord.write(index, to: &sink)
  case let index as BinaryFromFloatIndex: try BinaryFromFloatRecord.write(index, to: &sink)
  case let index as BinaryHashIndex: try BinaryHashRecord.write(index, to: &sink)
  case let index as BinaryMultiHashIndex: try BinaryMultiHashRecord.write(index, to: &sink)
  default: throw IndexError(.unsupported, "\(type(of: index)) cannot be stored")
  }
}
