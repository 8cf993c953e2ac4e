package import VicinalCoding
package import VicinalCompute
package import VicinalCore

/// One inverted list: the vectors of a cell, as floats or as codes, and their ids.
///
/// Lists that hold nothing share one content: an index may have millions of them.
package struct InvertedList: Sendable {
  private struct Content {
    var block: RowBlock
    var codes: CodeBlock?
    var terms = ByteStorage()
    var ids: ByteStorage
  }

  private var content: SharedValue<Content>

  /// The vectors, in lists of floats.
  package internal(set) var block: RowBlock {
    _read { yield content.value.block }
    _modify { yield &content.value.block }
  }

  /// The codes, in lists of codes; ``block`` is then empty.
  package internal(set) var codes: CodeBlock? {
    _read { yield content.value.codes }
    _modify { yield &content.value.codes }
  }

  /// What each code contributes to distances, as far as that was computed; see ``TermCodec``.
  private(set) var terms: ByteStorage {
    _read { yield content.value.terms }
    _modify { yield &content.value.terms }
  }

  /// One 64-bit id per vector; may view a mapped file, unaligned.
  package internal(set) var ids: ByteStorage {
    _read { yield content.value.ids }
    _modify { yield &content.value.ids }
  }

  /// Codes whose terms are known: all or, while codes are being added, the first ones.
  var termCount: Int { content.value.terms.count / 4 }

  /// Vectors.
  package var count: Int { content.value.ids.count / 8 }

  /// Memory held, mapped files not counted.
  var byteCount: Int {
    block.byteCount + (codes?.byteCount ?? 0) + ids.capacity + terms.capacity
  }

  /// Bytes of a list that shares its content, with the note of its place that searches make, and of
  /// content of its own.
  static let stride = (
    list: MemoryLayout<InvertedList>.stride + MemoryLayout<ListPlace>.stride,
    content: MemoryLayout<Content>.stride
  )

  /// Whether both lists share their content.
  func isSame(as other: InvertedList) -> Bool { content.isSame(as: other.content) }

  /// An empty list of floats, or of codes like those of `codec`.
  init(dimension: Int, codec: (any VectorCodec)? = nil) {
    content = SharedValue(
      Content(
        block: RowBlock(dimension: dimension),
        codes: codec.map { CodeBlock(codeSize: $0.codeSize, layout: $0.layout) },
        ids: ByteStorage()))
  }

  /// Takes over floats that a file holds: `ids.count / 8` rows.
  package init(rows: ByteStorage, ids: ByteStorage, dimension: Int) {
    content = SharedValue(
      Content(block: RowBlock(rows: rows, dimension: dimension), codes: nil, ids: ids))
  }

  /// Takes over codes that a file holds: `ids.count / 8` codes.
  package init(codes: CodeBlock, ids: ByteStorage, dimension: Int) {
    content = SharedValue(
      Content(block: RowBlock(dimension: dimension), codes: codes, ids: ids))
  }

  /// The id of vector `offset`.
  package func id(at offset: Int) -> Int64 { ids.int64(at: offset) }

  mutating func append(
    _ vectors: borrowing VectorBatch, rows: ArraySlice<Int32>, ids newIDs: (Int) -> Int64,
    kernels: KernelSet
  ) {
    block.append(vectors, rows: rows, kernels: kernels)
    append(newIDs, rows)
  }

  /// Adds some of the codes of a batch.
  mutating func append(
    codes batch: [UInt8], rows: ArraySlice<Int32>, ids newIDs: (Int) -> Int64
  ) {
    guard let size = codes?.codeSize else { return }
    var chosen: [UInt8] = []
    chosen.reserveCapacity(rows.count * size)
    for row in rows { chosen.append(contentsOf: batch[Int(row) * size..<(Int(row) + 1) * size]) }
    let total = count + rows.count
    codes?.reserve(total, slack: 8)
    codes?.append(chosen.span.rawBytes, count: rows.count)
    append(newIDs, rows)
  }

  private mutating func append(_ newIDs: (Int) -> Int64, _ rows: ArraySlice<Int32>) {
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
    if codes == nil {
      block.filterRows(kernels: kernels) { isMember[$0] }
    } else {
      codes?.filterCodes { isMember[$0] }
      var keptTerms = ByteStorage()
      if termCount == count {
        let values = kept.map { terms.float(at: $0) }
        keptTerms.append(values.span)
      }
      terms = keptTerms
    }
    ids = remaining
  }

  /// Adds the vectors of another list of the same kind for which `isTaken` holds for the offset.
  mutating func append(
    _ other: InvertedList, idOffset: Int64, kernels: KernelSet, where isTaken: (Int) -> Bool
  ) {
    guard other.count > 0 else { return }
    var values: [Float] = []
    var moved: [UInt8] = []
    var taken = 0
    for offset in 0..<other.count where isTaken(offset) {
      if let source = other.codes {
        source.appendCode(offset, to: &moved)
      } else {
        other.block.appendRow(offset, to: &values)
      }
      ids.append(other.id(at: offset) &+ idOffset)
      taken += 1
    }
    if codes == nil {
      block.append(values.span, kernels: kernels)
    } else {
      codes?.append(moved.span.rawBytes, count: taken)
    }
  }

  /// Makes room for `total` vectors.
  mutating func reserve(_ total: Int) {
    guard total > 0 else { return }
    if codes == nil {
      block.rows.reserve(total * block.dimension * 4)
    } else {
      codes?.reserve(total)
    }
    ids.reserve(total * 8)
  }

  /// Gives back memory that growing left unused.
  mutating func trim() {
    guard byteCount > 0 else { return }
    ids.trim()
    block.trim()
    codes?.trim()
    terms.trim()
  }

  /// Adds the terms of further codes.
  mutating func append(terms more: [Float]) { terms.append(more.span) }

  /// Forgets all terms.
  mutating func removeTerms() { if termCount > 0 { terms = ByteStorage() } }
}
