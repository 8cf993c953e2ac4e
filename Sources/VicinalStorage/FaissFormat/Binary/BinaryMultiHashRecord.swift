import VicinalCore
import VicinalIndexes

/// `IBHm`: header, the vectors as a flat index, bits of a hash, number of tables, flips, then each
/// table as a bit string.
struct BinaryMultiHashRecord: BinaryRecord {
  /// A table in the file.
  private struct Table: Sendable {
    let idBits: Int
    let buckets: Int
    let bits: Range<Int>
  }

  let header: BinaryHeader
  let storage: BinaryFlatRecord
  let hashBits: Int
  let flips: Int
  private let tables: [Table]
  let range: Range<Int>

  init(reading cursor: inout ByteCursor, start: Int, depth: Int) throws(IndexError) {
    header = try BinaryHeader(reading: &cursor)
    storage = try BinaryFlatRecord.storage(
      &cursor, of: header, depth: depth, role: "storage of the hash tables")
    hashBits = try readHashBits(&cursor, of: header)
    let count = Int(try cursor.integer(Int32.self, "the number of hash tables"))
    guard count >= 1, count <= header.dimension / hashBits else {
      throw cursor.corrupt(
        "\(count) hashes of \(hashBits) bits do not fit \(header.dimension) bits",
        at: cursor.offset - 4)
    }
    flips = try readFlips(&cursor, atMost: hashBits)
    var tables: [Table] = []
    for _ in 0..<count {
      tables.append(try Self.table(&cursor, hashBits: hashBits, vectors: header.count))
    }
    self.tables = tables
    range = start..<cursor.offset
  }

  private static func table(
    _ cursor: inout ByteCursor, hashBits: Int, vectors: Int
  ) throws(IndexError) -> Table {
    let start = cursor.offset
    let idBits = Int(try cursor.integer(Int32.self, "the bits of an id"))
    let buckets = try cursor.count("the number of buckets")
    let bits = try cursor.array(of: 1, "a hash table")
    // Sizes and numbers of ids are bounded before they are multiplied.
    guard idBits >= 0, idBits <= 31, buckets <= vectors, vectors <= Int(Int32.max),
      bits.count == ((hashBits + idBits) * buckets + vectors * idBits + 7) / 8
    else {
      throw cursor.corrupt(
        "a hash table of \(buckets) buckets and \(vectors) ids of \(idBits) bits does not take"
          + " \(bits.count) bytes", at: start)
    }
    return Table(idBits: idBits, buckets: buckets, bits: bits.range)
  }

  var storedCount: Int { header.count }

  var description: RecordDescription {
    var description = RecordDescription("IBHm", range: range, header: header)
    description.note = "\(tables.count) tables, hashes of \(hashBits) bits, nflip \(flips)"
    description.children = [storage.description.inRole("vectors")]
    return description
  }

  func index(from source: inout ByteSource) throws(IndexError) -> any BinaryIndex {
    var maps: [[UInt64: [Int32]]] = []
    for table in tables { maps.append(try map(table, source)) }
    let rows = try storage.rows(from: &source)
    do throws(IndexError) {
      return try BinaryMultiHashIndex(
        rows: rows, hashBits: hashBits, flips: flips, tables: maps)
    } catch {
      throw source.named(error)
    }
  }

  private func map(
    _ table: Table, _ source: borrowing ByteSource
  ) throws(IndexError) -> [UInt64: [Int32]] {
    var reader = BitReader(source.bytes.extracting(table.bits))
    var map: [UInt64: [Int32]] = [:]
    var total = 0
    for _ in 0..<table.buckets {
      try require(hashBits + table.idBits, reader.remaining, table, source)
      let hash = reader.read(hashBits)
      let size = Int(reader.read(table.idBits))
      try require(size * table.idBits, reader.remaining, table, source)
      var ids: [Int32] = []
      for _ in 0..<size {
        ids.append(Int32(truncatingIfNeeded: reader.read(table.idBits)))
      }
      total += size
      guard map.updateValue(ids, forKey: hash) == nil else {
        throw corrupt("a hash table has two buckets for the hash \(hash)", table, source)
      }
    }
    guard total == header.count else {
      throw corrupt(
        "a hash table holds \(total) ids of \(header.count) vectors", table, source)
    }
    return map
  }

  private func require(
    _ bits: Int, _ left: Int, _ table: Table, _ source: borrowing ByteSource
  ) throws(IndexError) {
    guard bits <= left else {
      throw corrupt("a hash table goes on for \(bits) bits, but \(left) are left", table, source)
    }
  }

  private func corrupt(
    _ message: String, _ table: Table, _ source: borrowing ByteSource
  ) -> IndexError {
    IndexError(.corruptFile, "\(source.name), byte \(table.bits.lowerBound): \(message)")
  }

  /// Writes buckets in the order of their hashes, so that equal indexes give equal bytes.
  static func write(_ index: BinaryMultiHashIndex, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("IBHm")
    try BinaryHeader(of: index).write(to: &sink)
    try BinaryFlatRecord.write(index.rows, to: &sink)
    try sink.integer(Int32(index.hashBits))
    try sink.integer(Int32(index.tableCount))
    try sink.integer(Int32(clamping: index.flips))
    for table in index.tables {
      // ⌈log2 count⌉ as in faiss, but one more where a bucket's size would not fit.
      let largest = table.values.map(\.count).max() ?? 0
      let idBits = max(bitWidth(max(0, index.count - 1)), bitWidth(largest))
      try sink.integer(Int32(idBits))
      try sink.count(table.count)
      var bits = BitWriter()
      for (hash, ids) in table.sorted(by: { $0.key < $1.key }) {
        bits.write(hash, index.hashBits)
        bits.write(UInt64(ids.count), idBits)
        for id in ids { bits.write(UInt64(id), idBits) }
      }
      try sink.array(bits.bytes)
    }
  }
}
