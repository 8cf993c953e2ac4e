import CVicinalKernels
package import VicinalCore

/// Row-major int8 codes of vectors: what graph walks read instead of floats, a quarter of their
/// size. Rows lie in large chunks, so that a change after a copy duplicates only the last one.
package struct GraphCodes: Sendable {
  /// What rows are relative to.
  package let centre: [Float]

  /// Rows covered.
  package private(set) var count = 0

  let isL2: Bool
  /// Bytes of a row: whole cache lines, so that a row never touches one more than it must.
  let stride: Int
  /// Row i lies in chunk `i >> shift`.
  let shift: UInt32
  private(set) var codes: [ByteStorage] = []
  private(set) var facts: [ByteStorage] = []

  /// Large enough for huge pages to cover most of a chunk.
  private static let chunkBytes = 16 << 20

  private static let factBytes = 8

  /// Bytes per row for a dimension, for memory estimates.
  package static func bytesPerRow(dimension: Int) -> Int { padded(dimension) + factBytes }

  private static func padded(_ dimension: Int) -> Int { (dimension + 63) / 64 * 64 }

  /// No rows.
  package init(centre: [Float], isL2: Bool) {
    self.centre = centre
    self.isL2 = isL2
    stride = Self.padded(centre.count)
    let rows = max(512, Self.chunkBytes / max(1, stride))
    shift = UInt32(Int.bitWidth - 1 - rows.leadingZeroBitCount)
  }

  /// Memory held.
  package var byteCount: Int {
    codes.reduce(0) { $0 + $1.capacity } + facts.reduce(0) { $0 + $1.capacity }
  }

  private var chunkRows: Int { 1 << Int(shift) }

  /// Codes the rows that `rows` holds beyond those covered.
  ///
  /// - Returns: Whether all of them could be coded; if not, a vector is so large that its scores
  ///   would leave the range of floats, and the codes must not be used.
  package mutating func append(
    from rows: RowChunks, kernels: KernelSet, workers: Int
  ) throws(IndexError) -> Bool {
    let total = rows.count
    makeRoom(for: total)
    // Pieces are small enough to be shared out evenly, and none crosses a chunk.
    let piece = min(chunkRows, 4096)
    var pieces: [Range<Int>] = []
    var first = count
    while first < total {
      let end = min(total, (first / piece + 1) * piece)
      pieces.append(first..<end)
      first = end
    }
    let isCovered = try code(pieces, from: rows, kernels: kernels, workers: workers)
    count = total
    return isCovered
  }

  /// Codes chosen rows anew, which must be covered.
  ///
  /// - Returns: As ``append(from:kernels:workers:)``.
  package mutating func update(
    _ chosen: [Int], from rows: RowChunks, kernels: KernelSet, workers: Int
  ) throws(IndexError) -> Bool {
    try code(chosen.map { $0..<$0 + 1 }, from: rows, kernels: kernels, workers: workers)
  }

  /// Codes disjoint pieces that lie in one chunk each.
  private mutating func code(
    _ pieces: [Range<Int>], from rows: RowChunks, kernels: KernelSet, workers: Int
  ) throws(IndexError) -> Bool {
    // Only what is written becomes this value's own.
    let used = Set(pieces.map { $0.lowerBound >> Int(shift) })
    let codeBases = unsafe codes.indices.map {
      unsafe used.contains($0) ? codes[$0].mutableBase() : nil
    }
    let factBases = unsafe facts.indices.map {
      unsafe used.contains($0) ? facts[$0].mutableBase() : nil
    }
    // Safe to share: pieces write disjoint rows, and the arrays outlive the calls.
    nonisolated(unsafe) let codeTargets = unsafe codeBases
    nonisolated(unsafe) let factTargets = unsafe factBases
    let covered = try parallelMap(pieces.count, workers: workers) { index in
      var isCovered = true
      let chunk = pieces[index].lowerBound >> Int(shift)
      guard let codeBase = unsafe codeTargets[chunk], let factBase = unsafe factTargets[chunk]
      else { return false }
      for row in pieces[index] {
        let place = row & (chunkRows - 1)
        let code = unsafe codeBase + place * stride
        let fact = unsafe (factBase + place * Self.factBytes)
          .assumingMemoryBound(to: vcl_graph_facts.self)
        var sum: Int32 = 0
        let source = unsafe rows.rowAddress(row)
        isCovered =
          unsafe quantize(source, into: code, fact, &sum, kernels: kernels) && isCovered
        // Rows are unsigned for the kernels.
        let bytes = unsafe code.assumingMemoryBound(to: UInt8.self)
        for column in 0..<stride { unsafe bytes[column] ^= 0x80 }
      }
      return isCovered
    }
    return covered.allSatisfy { $0 }
  }

  /// Keeps these rows, named in ascending order, and gives back what they leave.
  package mutating func keepRows(_ kept: [Int32]) {
    guard kept.count < count else { return }
    let first = kept.indices.first { Int(kept[$0]) != $0 } ?? kept.count
    let changed = first >> Int(shift)..<max(first >> Int(shift), codes.count)
    // Chunks before the first removed row stay shared with other copies.
    let codeBases = unsafe changed.map { unsafe codes[$0].mutableBase() }
    let factBases = unsafe changed.map { unsafe facts[$0].mutableBase() }
    for place in first..<kept.count {
      let row = Int(kept[place])
      let (from, to) = (row >> Int(shift), place >> Int(shift))
      let (source, target) = (row & (chunkRows - 1), place & (chunkRows - 1))
      unsafe (codeBases[to - changed.lowerBound] + target * stride).copyMemory(
        from: codeBases[from - changed.lowerBound] + source * stride, byteCount: stride)
      unsafe (factBases[to - changed.lowerBound] + target * Self.factBytes).copyMemory(
        from: factBases[from - changed.lowerBound] + source * Self.factBytes,
        byteCount: Self.factBytes)
    }
    count = kept.count
    let chunks = (count + chunkRows - 1) >> Int(shift)
    codes.removeLast(codes.count - chunks)
    facts.removeLast(facts.count - chunks)
    if let last = codes.indices.last {
      codes[last].resize(to: (count - last << Int(shift)) * stride)
      facts[last].resize(to: (count - last << Int(shift)) * Self.factBytes)
      trim()
    }
  }

  /// Codes one vector, signed, into `stride` bytes.
  func quantize(
    _ vector: UnsafeRawPointer, into codes: UnsafeMutableRawPointer,
    _ facts: UnsafeMutablePointer<vcl_graph_facts>, _ sum: inout Int32, kernels: KernelSet
  ) -> Bool {
    unsafe centre.withUnsafeBufferPointer { centre in
      unsafe kernels.functions.graph.quantize(
        vector, centre.baseAddress, centre.count, stride, isL2 ? 1 : 0, codes, facts, &sum) != 0
    }
  }

  /// Gives back memory that growing left unused.
  package mutating func trim() {
    for chunk in codes.indices {
      codes[chunk].trim()
      facts[chunk].trim()
    }
  }

  private mutating func makeRoom(for total: Int) {
    for chunk in count >> Int(shift)..<(total + chunkRows - 1) >> Int(shift) {
      let rows = min(chunkRows, total - chunk << Int(shift))
      if chunk == codes.count {
        codes.append(ByteStorage())
        facts.append(ByteStorage())
        codes[chunk].reserve(rows * stride)
        unsafe HugePages.prefer(codes[chunk].mutableBase(), rows * stride)
      }
      codes[chunk].resize(to: rows * stride)
      facts[chunk].resize(to: rows * Self.factBytes)
    }
  }
}

extension RowChunks {
  /// Where row `index` begins.
  func rowAddress(_ index: Int) -> UnsafeRawPointer {
    unsafe blocks[index >> Int(shift)].rows.baseAddress + (index & (chunkRows - 1)) * dimension * 4
  }
}
