import VicinalCompute
public import VicinalCore

extension BinaryHNSWIndex: BinaryNumberedIndex, BinaryRemovable, BinaryMergeable {
  /// Removes every vector whose id the filter contains; the ids after it move up, and all that are
  /// left are linked anew.
  ///
  /// - Complexity: As adding the vectors that are left.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    try removeNumbers(filter)
  }

  /// Adds the vectors of `other`, linking them anew, and leaves `other` empty.
  public mutating func merge(
    from other: inout BinaryHNSWIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireNoOffset(offset, "a binary HNSW index")
    try append(numbersOf: other)
    try other.reset()
  }

  /// Forgets all vectors and keeps the settings.
  public mutating func reset() throws(IndexError) {
    rows = BinaryRows(codeSize: codeSize)
    graph = graph.emptyGraph(of: [])
  }

  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    var kept = rows
    kept.filterRows { !filter.contains(Int64($0)) }
    let removed = count - kept.count
    guard removed > 0 else { return 0 }
    guard cagra?.isBaseLevelOnly != true || kept.count == 0 else {
      throw IndexError(
        .unsupported, "a graph of a single level (base_level_only) cannot be linked anew")
    }
    let before = self
    do throws(IndexError) {
      try reset()
      rows = kept
      try graph.appendLinked(
        0..<count, seed: seed, view: view(KernelSet()), execution: Execution())
    } catch {
      self = before
      throw error
    }
    return removed
  }

  /// One call for all rows, so that the graph does not depend on how they are stored.
  mutating func append(numbersOf other: BinaryHNSWIndex) throws(IndexError) {
    try requireSameDimension(other)
    var bytes: [UInt8] = []
    for chunk in other.rows.chunks { bytes.append(copying: chunk.bytes) }
    try add(BinaryBatch(bytes.span.rawBytes, dimension: dimension), execution: Execution())
  }
}
