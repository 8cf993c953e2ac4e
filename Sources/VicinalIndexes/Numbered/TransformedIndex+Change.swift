import VicinalCoding
public import VicinalCore

/// What messages call the index inside.
private let role = "the index behind the transform"

extension TransformedIndex {
  /// Forgets all vectors; transforms and index stay trained.
  public mutating func reset() throws(IndexError) { try inner.reset() }

  /// Requires that vectors of both went through the same transforms.
  func requireSameChain(_ other: TransformedIndex) throws(IndexError) {
    guard try chain.isSame(as: other.chain) else {
      throw IndexError(
        .invalidArgument,
        "vectors of the two indexes went through different transforms; train one and copy it before"
          + " adding")
    }
  }
}

extension TransformedIndex: MergeableIndex, SubsetCopying {
  /// Moves all vectors of `other`, which must have the same transforms, into this index.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if the inner index cannot be merged.
  public mutating func merge(
    from other: inout TransformedIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameChain(other)
    try mergeAny(&other.inner, into: &inner, idOffset: offset, role)
  }

  /// Adds the selected vectors to `target`, which must have the same transforms.
  ///
  /// - Throws: Also ``IndexError/Code/unsupported`` if the inner index cannot be divided.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout TransformedIndex
  ) throws(IndexError) {
    try target.requireSameChain(self)
    try copyAny(selection, of: inner, to: &target.inner, role)
  }
}

extension TransformedIndex: UpdatableIndex {
  /// Gives vectors new values, which are transformed first.
  public mutating func replace(
    _ ids: Span<Int64>, with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    _ = try requireReplaceable(ids, vectors)
    let values = try checked(vectors, "new vectors", execution)
    try VicinalIndexes.replace(
      ids.indices.map { ids[$0] }, with: VectorBatch(values.span, dimension: inner.dimension),
      in: &inner, role, execution)
  }
}

extension TransformChain {
  /// Whether two chains turn the same vectors into the same, as far as looking at a few tells.
  func isSame(as other: TransformChain) throws(IndexError) -> Bool {
    guard inputDimension == other.inputDimension, outputDimension == other.outputDimension,
      isTrained == other.isTrained, transforms.count == other.transforms.count
    else { return false }
    guard isTrained else { return true }
    var generator = SplitMix64(seed: 1)
    var values: [Float] = []
    for _ in 0..<3 * inputDimension { values.append(Float.random(in: -1...1, using: &generator)) }
    let execution = Execution(workers: 1)
    let mine = try apply(VectorBatch(values.span, dimension: inputDimension), execution: execution)
    return try other.apply(
      VectorBatch(values.span, dimension: inputDimension), execution: execution) == mine
  }
}

/// Merges two indexes that may be of any kind.
func mergeAny(
  _ other: inout any VectorIndex, into index: inout any VectorIndex, idOffset: Int64, _ role: String
) throws(IndexError) {
  let isCapable = try withCapability(&index, as: (any MergeableIndex).self) {
    index throws(IndexError) in try mergeOpened(&other, into: &index, idOffset, role)
  }
  guard isCapable else {
    throw IndexError(.unsupported, "\(role) (\(type(of: index))) cannot be merged with another")
  }
}

private func mergeOpened<Index: MergeableIndex>(
  _ other: inout any VectorIndex, into index: inout Index, _ idOffset: Int64, _ role: String
) throws(IndexError) {
  guard var same = other as? Index else {
    throw IndexError(
      .invalidArgument, "\(role) is a \(Index.self), that of the other a \(type(of: other))")
  }
  try index.merge(from: &same, idOffset: idOffset)
  other = same
}

/// Copies part of an index of any kind to another.
func copyAny(
  _ selection: SubsetSelection, of index: any VectorIndex, to target: inout any VectorIndex,
  _ role: String
) throws(IndexError) {
  guard let source = index as? any SubsetCopying else {
    throw IndexError(.unsupported, "\(role) (\(type(of: index))) cannot be copied in part")
  }
  try copyOpened(selection, of: source, to: &target, role)
}

private func copyOpened<Index: SubsetCopying>(
  _ selection: SubsetSelection, of source: Index, to target: inout any VectorIndex, _ role: String
) throws(IndexError) {
  guard var same = target as? Index else {
    throw IndexError(
      .invalidArgument, "\(role) is a \(Index.self), that of the target a \(type(of: target))")
  }
  try source.copySubset(selection, to: &same)
  target = same
}
