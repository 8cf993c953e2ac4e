package import VicinalCore

/// Growable rows of bits in chunks of a fixed number of rows, with value semantics: a change after
/// a copy duplicates only the chunks it touches.
package struct BinaryRows: Sendable {
  /// Bytes per row.
  package let codeSize: Int

  /// Rows held.
  package private(set) var count = 0

  /// The chunks, all full but the last; they may view a mapped file.
  package private(set) var chunks: [ByteStorage] = []

  /// Row i lies in chunk `i >> shift`.
  package let shift: UInt32

  private static let chunkBytes = 4 << 20

  /// No rows.
  package init(codeSize: Int) {
    self.codeSize = codeSize
    let rows = max(512, Self.chunkBytes / max(1, codeSize))
    shift = UInt32(Int.bitWidth - 1 - rows.leadingZeroBitCount)
  }

  /// Rows in a full chunk.
  package var chunkRows: Int { 1 << Int(shift) }

  /// Memory held, mapped files not counted.
  package var byteCount: Int { chunks.reduce(0) { $0 + $1.capacity } }

  /// Takes over rows that a file holds, as the only content: ``chunkRows`` in each piece but the
  /// last.
  package mutating func adopt(_ pieces: [ByteStorage]) {
    chunks = pieces
    count = pieces.reduce(0) { $0 + $1.count / codeSize }
    precondition(pieces.dropLast().allSatisfy { $0.count == chunkRows * codeSize })
  }

  /// Rows in chunk `chunk`.
  package func rowCount(ofChunk chunk: Int) -> Int { chunks[chunk].count / codeSize }

  /// Adds rows at the end.
  package mutating func append(_ rows: RawSpan) {
    var first = 0
    while first < rows.byteCount {
      if chunks.last.map({ $0.count == chunkRows * codeSize }) ?? true {
        chunks.append(ByteStorage())
      }
      let last = chunks.count - 1
      let taken = min(chunkRows * codeSize - chunks[last].count, rows.byteCount - first)
      chunks[last].append(rows.extracting(first..<first + taken))
      first += taken
    }
    count += rows.byteCount / codeSize
  }

  /// Copies row `index` to the end of `output`.
  package func appendRow(_ index: Int, to output: inout [UInt8]) {
    let place = (index & (chunkRows - 1)) * codeSize
    let chunk = chunks[index >> Int(shift)]
    output.append(copying: chunk.bytes.extracting(place..<place + codeSize))
  }

  /// Row `index` as an array.
  package func row(_ index: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    appendRow(index, to: &bytes)
    return bytes
  }

  /// Keeps the rows for which `isKept` holds, in order.
  package mutating func filterRows(isKept: (Int) -> Bool) {
    guard let first = (0..<count).first(where: { !isKept($0) }) else { return }
    // Whole chunks before the first removed row stay as they are, shared with other copies.
    var kept = BinaryRows(codeSize: codeSize)
    kept.chunks = Array(chunks.prefix(first >> Int(shift)))
    kept.count = kept.chunks.count << Int(shift)
    var rows: [UInt8] = []
    for row in kept.count..<count where isKept(row) {
      appendRow(row, to: &rows)
      if rows.count >= Self.chunkBytes {
        kept.append(rows.span.rawBytes)
        rows.removeAll(keepingCapacity: true)
      }
    }
    kept.append(rows.span.rawBytes)
    self = kept
  }

  /// Adds the rows of `other`.
  package mutating func append(_ other: BinaryRows) {
    for chunk in other.chunks { append(chunk.bytes) }
  }

  /// Gives back memory that growing left unused.
  package mutating func trim() {
    for chunk in chunks.indices { chunks[chunk].trim() }
  }
}
