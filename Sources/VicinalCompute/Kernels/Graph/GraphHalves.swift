import CVicinalKernels
package import VicinalCore

/// The upper four bits of the codes of vectors: what searches of a graph walk by where vectors are
/// so long that reading them bounds the walk. Nodes that such a walk leaves in its pool are compared
/// by whole codes afterwards.
///
/// They lie in chunks, as ``GraphCodes``, from which they are made.
package struct GraphHalves: Sendable {
  /// Rows covered.
  package private(set) var count = 0

  /// Bytes of a row: whole cache lines.
  let stride: Int
  /// Row i lies in chunk `i >> shift`.
  let shift: UInt32
  private(set) var rows: [ByteStorage] = []
  private(set) var facts: [ByteStorage] = []

  private let dimension: Int
  private let isL2: Bool

  /// Below it a row has at most three cache lines of codes, and halves were measured to gain less
  /// than their errors cost; above it integer sums could overflow.
  private static let dimensions = 193...16_384

  private static let factBytes = 8

  /// Whether vectors are of a length for which halves can pay.
  package static func suit(dimension: Int) -> Bool { dimensions.contains(dimension) }

  /// Bytes per row for a dimension, for memory estimates.
  package static func bytesPerRow(dimension: Int) -> Int {
    suit(dimension: dimension) ? bytes(of: dimension) + factBytes : 0
  }

  /// Those of whole blocks of 128 dimensions.
  private static func bytes(of dimension: Int) -> Int { (dimension + 127) / 128 * 64 }

  /// No rows, for those of `codes`.
  package init(of codes: GraphCodes) {
    dimension = codes.centre.count
    isL2 = codes.isL2
    stride = Self.bytes(of: dimension)
    shift = codes.shift
  }

  /// Memory held.
  package var byteCount: Int {
    rows.reduce(0) { $0 + $1.capacity } + facts.reduce(0) { $0 + $1.capacity }
  }

  private var chunkRows: Int { 1 << Int(shift) }

  /// Covers the rows that `codes` has beyond those covered.
  package mutating func append(
    from codes: GraphCodes, kernels: KernelSet, workers: Int
  ) throws(IndexError) {
    let total = codes.count
    guard total > count else { return }
    for chunk in count >> Int(shift)..<(total + chunkRows - 1) >> Int(shift) {
      let held = min(chunkRows, total - chunk << Int(shift))
      if chunk == rows.count {
        rows.append(ByteStorage())
        facts.append(ByteStorage())
        rows[chunk].reserve(held * stride)
        unsafe HugePages.prefer(rows[chunk].mutableBase(), held * stride)
      }
      rows[chunk].resize(to: held * stride)
      facts[chunk].resize(to: held * Self.factBytes)
    }
    let piece = min(chunkRows, 4096)
    var pieces: [Range<Int>] = []
    while count < total {
      let end = min(total, (count / piece + 1) * piece)
      pieces.append(count..<end)
      count = end
    }
    try halve(pieces, of: codes, kernels: kernels, workers: workers)
  }

  /// Makes chosen rows anew, which must be covered.
  package mutating func update(
    _ chosen: [Int], from codes: GraphCodes, kernels: KernelSet, workers: Int
  ) throws(IndexError) {
    try halve(chosen.map { $0..<$0 + 1 }, of: codes, kernels: kernels, workers: workers)
  }

  /// Makes disjoint pieces that lie in one chunk each.
  private mutating func halve(
    _ pieces: [Range<Int>], of codes: GraphCodes, kernels: KernelSet, workers: Int
  ) throws(IndexError) {
    // Only what is written becomes this value's own.
    let used = Set(pieces.map { $0.lowerBound >> Int(shift) })
    let rowBases = unsafe rows.indices.map {
      unsafe used.contains($0) ? rows[$0].mutableBase() : nil
    }
    let factBases = unsafe facts.indices.map {
      unsafe used.contains($0) ? facts[$0].mutableBase() : nil
    }
    // Safe to share: pieces write disjoint rows, and the arrays outlive the calls.
    nonisolated(unsafe) let rowTargets = unsafe rowBases
    nonisolated(unsafe) let factTargets = unsafe factBases
    let halve = unsafe kernels.functions.graph.halve
    _ = try parallelMap(pieces.count, workers: workers) { index in
      let chunk = pieces[index].lowerBound >> Int(shift)
      guard let rowBase = unsafe rowTargets[chunk], let factBase = unsafe factTargets[chunk]
      else { return }
      for row in pieces[index] {
        let place = row & (chunkRows - 1)
        unsafe halve?(
          codes.codes[chunk].baseAddress + place * codes.stride,
          (codes.facts[chunk].baseAddress + place * Self.factBytes)
            .assumingMemoryBound(to: vcl_graph_facts.self),
          dimension, codes.stride, isL2 ? 1 : 0, rowBase + place * stride,
          (factBase + place * Self.factBytes).assumingMemoryBound(to: vcl_graph_facts.self))
      }
    }
  }

  /// Gives back memory that growing left unused.
  package mutating func trim() {
    for chunk in rows.indices {
      rows[chunk].trim()
      facts[chunk].trim()
    }
  }
}
