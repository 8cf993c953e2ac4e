package import VicinalCore

/// One inverted list of binary vectors: the vectors of a cell and their ids.
package struct BinaryList: Sendable {
  /// The vectors, one after the other; may view a mapped file.
  package private(set) var codes: ByteStorage

  /// One 64-bit id per vector; may view a mapped file, unaligned.
  package private(set) var ids: ByteStorage

  /// No vectors.
  package init() {
    codes = ByteStorage()
    ids = ByteStorage()
  }

  /// Takes over what a file holds; the caller has checked the sizes.
  package init(codes: ByteStorage, ids: ByteStorage) {
    self.codes = codes
    self.ids = ids
  }

  /// Vectors.
  package var count: Int { ids.count / 8 }

  /// Memory held, mapped files not counted.
  var byteCount: Int { codes.capacity + ids.capacity }

  /// The id of vector `offset`.
  package func id(at offset: Int) -> Int64 { ids.int64(at: offset) }

  /// The bytes of vector `offset`.
  func code(at offset: Int) -> [UInt8] {
    let size = count > 0 ? codes.count / count : 0
    var bytes: [UInt8] = []
    bytes.append(copying: codes.bytes.extracting(offset * size..<(offset + 1) * size))
    return bytes
  }

  mutating func append(
    _ vectors: borrowing BinaryBatch, rows: ArraySlice<Int32>, ids newIDs: (Int) -> Int64
  ) {
    codes.reserve(codes.count + rows.count * vectors.codeSize, slack: 8)
    ids.reserve(ids.count + rows.count * 8, slack: 8)
    for row in rows {
      codes.append(vectors.row(Int(row)))
      ids.append(newIDs(Int(row)))
    }
  }

  /// Adds the vectors of another list, or those for which `isTaken` holds for the offset.
  mutating func append(
    _ other: BinaryList, idOffset: Int64, where isTaken: ((Int) -> Bool)? = nil
  ) {
    var part = other
    if let isTaken { part.filter(isKept: isTaken) }
    codes.append(part.codes.bytes)
    ids.reserve(ids.count + part.ids.count)
    for offset in 0..<part.count { ids.append(part.id(at: offset) &+ idOffset) }
  }

  /// Keeps the vectors for which `isKept` holds for the offset, in order.
  mutating func filter(isKept: (Int) -> Bool) {
    let kept = (0..<count).filter(isKept)
    guard kept.count < count else { return }
    let size = codes.count / count
    var remaining = BinaryList()
    remaining.codes.reserve(kept.count * size)
    remaining.ids.reserve(kept.count * 8)
    for offset in kept {
      remaining.codes.append(codes.bytes.extracting(offset * size..<(offset + 1) * size))
      remaining.ids.append(id(at: offset))
    }
    self = remaining
  }

  /// Gives every vector another id.
  mutating func renumber(_ name: (Int64) -> Int64) {
    var renamed = ByteStorage()
    renamed.reserve(ids.count)
    for offset in 0..<count { renamed.append(name(id(at: offset))) }
    ids = renamed
  }

  /// Gives back memory that growing left unused.
  mutating func trim() {
    codes.trim()
    ids.trim()
  }
}
