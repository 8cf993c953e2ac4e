public import VicinalCore

/// Growable rows of floats in chunks of a fixed number of rows, with value semantics: a change
/// after a copy duplicates only the chunks it touches.
public struct RowChunks: Sendable {
  /// Floats per row.
  public let dimension: Int

  /// Whether companions are kept, and for which metric.
  public let metric: Metric

  /// Rows held.
  public private(set) var count = 0

  /// Whether chunks carry an int8 companion. Only L2 and inner product can have one.
  public private(set) var isAccelerated: Bool

  /// The chunks, all full but the last.
  package private(set) var blocks: [RowBlock] = []

  /// What companions are relative to, once there are rows.
  package private(set) var centre: [Float]?

  /// Rows at the time the centre was computed.
  private var centredCount = 0

  /// Row i lies in chunk `i >> shift`.
  package let shift: UInt32

  /// About 4 MiB of floats, but never fewer than 512 rows.
  private static let chunkBytes = 4 << 20

  /// Rows below which a poor centre is still repaired as the index grows.
  private static let settledCount = 4096

  /// No rows. Any dimension will do; below 1 there are no vectors that could be added.
  public init(dimension: Int, metric: Metric, isAccelerated: Bool = true) {
    self.dimension = dimension
    self.metric = metric
    let canAccelerate =
      (metric == .l2 || metric == .innerProduct) && dimension <= Int8Panels.largestDimension
    self.isAccelerated = isAccelerated && canAccelerate
    let rows = max(512, Self.chunkBytes / 4 / max(1, dimension))
    shift = UInt32(Int.bitWidth - 1 - rows.leadingZeroBitCount)
  }

  /// Rows in a full chunk.
  package var chunkRows: Int { 1 << Int(shift) }

  /// Memory held, mapped files not counted.
  public var byteCount: Int { blocks.reduce(0) { $0 + $1.byteCount } }

  /// Adds rows at the end.
  public mutating func append(_ vectors: borrowing VectorBatch, kernels: KernelSet) {
    if isAccelerated, centre == nil { setCentre(mean(of: vectors), count: 0) }
    var first = 0
    while first < vectors.count {
      if blocks.last.map({ $0.count == chunkRows }) ?? true {
        blocks.append(emptyBlock())
      }
      let last = blocks.count - 1
      let taken = min(chunkRows - blocks[last].count, vectors.count - first)
      let part = vectors.rows(first..<first + taken)
      blocks[last].append(part.values, limit: chunkRows, kernels: kernels)
      first += taken
    }
    count += vectors.count
    recentreIfPoor(kernels: kernels)
  }

  /// Takes over rows that a file holds, owned or mapped, as the only content.
  ///
  /// - Parameters:
  ///   - chunks: Whole rows, ``chunkRows`` in each but the last.
  ///   - kernels: For the companions, if there are any.
  package mutating func adopt(chunks: [ByteStorage], kernels: KernelSet) {
    blocks = chunks.map { RowBlock(rows: $0, dimension: dimension) }
    count = blocks.reduce(0) { $0 + $1.count }
    precondition(blocks.dropLast().allSatisfy { $0.count == chunkRows })
    centre = nil
    centredCount = 0
    if isAccelerated {
      isAccelerated = false
      setAccelerated(true, kernels: kernels)
    }
  }

  /// Builds or discards the companions.
  public mutating func setAccelerated(_ wanted: Bool, kernels: KernelSet) {
    let canAccelerate =
      (metric == .l2 || metric == .innerProduct) && dimension <= Int8Panels.largestDimension
    let wanted = wanted && canAccelerate
    guard wanted != isAccelerated else { return }
    isAccelerated = wanted
    if wanted {
      recentre(kernels: kernels)
    } else {
      centre = nil
      centredCount = 0
      for index in blocks.indices { blocks[index].setPanels(nil, kernels: kernels) }
    }
  }

  /// Keeps the rows for which `isKept` holds, in order.
  package mutating func filterRows(kernels: KernelSet, isKept: (Int) -> Bool) {
    var kept = RowChunks(dimension: dimension, metric: metric, isAccelerated: isAccelerated)
    if let centre { kept.setCentre(centre, count: centredCount) }
    // Whole chunks before the first removed row stay as they are, shared with other copies.
    let first = (0..<count).first { !isKept($0) } ?? count
    guard first < count else { return }
    kept.blocks = Array(blocks.prefix(first >> Int(shift)))
    kept.count = kept.blocks.count << Int(shift)
    var rows: [Float] = []
    for row in kept.count..<count where isKept(row) {
      appendRow(row, to: &rows)
      if rows.count >= chunkRows * dimension { kept.append(values: &rows, kernels: kernels) }
    }
    kept.append(values: &rows, kernels: kernels)
    self = kept
  }

  /// Takes rows out at the end. What is before their chunk stays shared with other copies.
  ///
  /// - Complexity: O(rows of a chunk).
  package mutating func removeLast(_ removed: Int, kernels: KernelSet) {
    precondition(removed >= 0 && removed <= count)
    count -= removed
    let whole = count >> Int(shift)
    let rest = count & (chunkRows - 1)
    blocks.removeLast(blocks.count - whole - (rest > 0 ? 1 : 0))
    if rest > 0, blocks[whole].count > rest {
      blocks[whole].filterRows(kernels: kernels) { $0 < rest }
    }
  }

  /// Overwrites row `index`. Only for rows without companion.
  package mutating func replaceRow(_ index: Int, with values: Span<Float>) {
    precondition(!isAccelerated && values.count == dimension && index < count)
    let place = (index & (chunkRows - 1)) * dimension * 4
    blocks[index >> Int(shift)].rows.withMutableBytes { bytes in
      for offset in 0..<dimension * 4 {
        bytes[place + offset] = values.rawBytes.byte(offset)
      }
    }
  }

  /// Overwrites some rows; companions follow.
  ///
  /// - Parameters:
  ///   - numbers: Rows, within 0 ..< `count`.
  ///   - vectors: One row per number.
  package mutating func replaceRows(
    _ numbers: [Int], with vectors: borrowing VectorBatch, kernels: KernelSet
  ) {
    var firstChanges: [Int: Int] = [:]
    for (place, number) in numbers.enumerated() {
      let (block, row) = (number >> Int(shift), number & (chunkRows - 1))
      let values = vectors.row(place).rawBytes
      blocks[block].rows.withMutableBytes { bytes in
        for offset in 0..<values.byteCount {
          bytes[row * dimension * 4 + offset] = values.byte(offset)
        }
      }
      firstChanges[block] = min(firstChanges[block] ?? row, row)
    }
    for (block, first) in firstChanges { blocks[block].updatePanels(from: first, kernels: kernels) }
  }

  /// Gives back memory that growing left unused.
  package mutating func trim() {
    for index in blocks.indices { blocks[index].trim() }
  }

  /// Copies row `index` to the end of `output`.
  package func appendRow(_ index: Int, to output: inout [Float]) {
    blocks[index >> Int(shift)].appendRow(index & (chunkRows - 1), to: &output)
  }

  /// Copies row `index` into `target`, which has room for it.
  package func copyRow(_ index: Int, into target: inout MutableSpan<Float>) {
    let rows = blocks[index >> Int(shift)].rows
    let start = (index & (chunkRows - 1)) * dimension * 4
    rows.bytes.copyFloats(in: start..<start + dimension * 4, into: &target)
  }

  /// Row `index` as an array.
  package func row(_ index: Int) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(dimension)
    appendRow(index, to: &values)
    return values
  }

  /// Where each chunk begins, for kernels that take row numbers.
  package var chunkPointers: [UnsafeRawPointer?] {
    unsafe blocks.map { unsafe $0.rows.baseAddress }
  }

  private mutating func append(values: inout [Float], kernels: KernelSet) {
    let taken = values
    values = []
    guard !taken.isEmpty, let batch = try? VectorBatch(taken.span, dimension: dimension) else {
      return
    }
    append(batch, kernels: kernels)
  }

  private func emptyBlock() -> RowBlock {
    var block = RowBlock(dimension: dimension)
    if let centre { block.panels = Int8Panels(centre: centre, isL2: metric == .l2) }
    return block
  }

  private mutating func setCentre(_ centre: [Float], count: Int) {
    self.centre = centre
    centredCount = count
  }

  /// An index that grew from a handful of vectors gets a better centre a few times.
  private mutating func recentreIfPoor(kernels: KernelSet) {
    guard isAccelerated else { return }
    if centredCount == 0 {
      centredCount = count
    } else if centredCount < Self.settledCount, count >= 4 * centredCount {
      recentre(kernels: kernels)
    }
  }

  private mutating func recentre(kernels: KernelSet) {
    guard count > 0 else { return }
    var sample: [Float] = []
    let step = max(1, count / Self.settledCount)
    for row in stride(from: 0, to: count, by: step) {
      appendRow(row, to: &sample)
      // Rows of a file may hold anything; one that is not finite must not spoil the centre.
      if !sample.suffix(dimension).allSatisfy(\.isFinite) { sample.removeLast(dimension) }
    }
    guard let batch = try? VectorBatch(sample.span, dimension: dimension) else { return }
    let centre = mean(of: batch)
    setCentre(centre, count: count)
    for index in blocks.indices {
      blocks[index].setPanels(Int8Panels(centre: centre, isL2: metric == .l2), kernels: kernels)
    }
  }

  private func mean(of vectors: borrowing VectorBatch) -> [Float] {
    VicinalCompute.mean(of: vectors, atMost: Self.settledCount)
  }
}
