package import VicinalCompute
package import VicinalCore

/// One inverted list: the vectors of a cell and their ids.
package struct InvertedList: Sendable {
  /// The vectors.
  package internal(set) var block: RowBlock

  /// One 64-bit id per vector; may view a mapped file, unaligned.
  package internal(set) var ids: ByteStorage

  /// Vectors.
  package var count: Int { block.count }

  /// Memory held, mapped files not counted.
  var byteCount: Int { block.byteCount + ids.capacity }

  init(dimension: Int) {
    block = RowBlock(dimension: dimension)
    ids = ByteStorage()
  }

  /// Takes over what a file holds: `ids.count / 8` rows.
  package init(rows: ByteStorage, ids: ByteStorage, dimension: Int) {
    block = RowBlock(rows: rows, dimension: dimension)
    self.ids = ids
  }

  /// The id of vector `offset`.
  package func id(at offset: Int) -> Int64 { ids.int64(at: offset) }

  mutating func append(
    _ vectors: borrowing VectorBatch, rows: ArraySlice<Int32>, ids newIDs: (Int) -> Int64,
    kernels: KernelSet
  ) {
    block.append(vectors, rows: rows, kernels: kernels)
    ids.reserve(ids.count + rows.count * 8, slack: 8)
    for row in rows { ids.append(newIDs(Int(row))) }
  }

  /// Keeps the vectors for which `isKept` holds for the offset, in order.
  mutating func filter(kernels: KernelSet, isKept: (Int) -> Bool) {
    let kept = (0..<count).filter(isKept)
    guard kept.count < count else { return }
    var remaining = ByteStorage()
    remaining.reserve(kept.count * 8)
    for offset in kept { remaining.append(id(at: offset)) }
    var isMember = [Bool](repeating: false, count: count)
    for offset in kept { isMember[offset] = true }
    block.filterRows(kernels: kernels) { isMember[$0] }
    ids = remaining
  }

  /// Adds the vectors of another list for which `isTaken` holds for the offset.
  mutating func append(
    _ other: InvertedList, idOffset: Int64, kernels: KernelSet, where isTaken: (Int) -> Bool
  ) {
    var values: [Float] = []
    for offset in 0..<other.count where isTaken(offset) {
      other.block.appendRow(offset, to: &values)
      ids.append(other.id(at: offset) &+ idOffset)
    }
    block.append(values.span, kernels: kernels)
  }

  /// Makes room for `total` vectors.
  mutating func reserve(_ total: Int) {
    block.rows.reserve(total * block.dimension * 4)
    ids.reserve(total * 8)
  }

  /// Gives back memory that growing left unused.
  mutating func trim() {
    ids.trim()
    block.trim()
  }
}
