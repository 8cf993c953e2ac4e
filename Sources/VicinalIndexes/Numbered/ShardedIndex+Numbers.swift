import VicinalCompute
public import VicinalCore

extension ShardedIndex: NumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    try requireSuccessive()
    let before = count
    let (offsets, counts) = (offsets, shards.map(\.count))
    try shards.updateParts(Execution(), keepsCopy: true) { number, shard, _ throws(IndexError) in
      _ = try VicinalIndexes.removeNumbers(
        filter.shifted(to: offsets[number], count: counts[number]), from: &shard, "shard \(number)")
    }
    return before - count
  }

  /// They go to the last shard, as those that are added do.
  mutating func append(numbersOf other: ShardedIndex) throws(IndexError) {
    try requireSuccessive()
    try other.requireSuccessive()
    guard var last = shards.last else { return }
    for shard in other.shards {
      try appendNumbers(of: shard, to: &last, "the last shard")
    }
    shards[shards.count - 1] = last
  }

  private func requireSuccessive() throws(IndexError) {
    guard numbering == .successive else {
      throw IndexError(
        .unsupported, "a sharded index with global numbering holds ids, which are not numbers")
    }
  }
}

extension ShardedIndex: RemovableIndex {
  /// Removes every vector whose id the filter contains. With successive numbering, the ids of those
  /// behind a removed one move up.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if a shard cannot remove vectors, or, with successive
  ///   numbering, does not number the remaining ones anew; the index is then as before.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    guard numbering == .global else { return try removeNumbers(filter) }
    let before = count
    try shards.updateParts(Execution(), keepsCopy: true) { number, shard, _ throws(IndexError) in
      let isCapable = try withCapability(&shard, as: (any RemovableIndex).self) {
        shard throws(IndexError) in try shard.remove(filter)
      }
      guard isCapable else {
        throw IndexError(.unsupported, "shard \(number) cannot remove vectors")
      }
    }
    return before - count
  }
}

extension ShardedIndex: MergeableIndex, SubsetCopying {
  /// Moves the vectors of `other` into this index: with successive numbering behind those of the
  /// last shard, with global numbering each shard into the one in its place.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if the two differ in numbering or, with global
  ///   numbering, in the number of shards; ``IndexError/Code/unsupported`` if shards cannot be
  ///   merged. Both are then as before.
  public mutating func merge(
    from other: inout ShardedIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameNumbering(other)
    guard numbering == .global else {
      try requireNoOffset(offset, "a sharded index with successive numbering")
      return try take(allOf: &other)
    }
    let before = (shards, other.shards)
    do throws(IndexError) {
      for number in shards.indices {
        try mergeAny(
          &other.shards[number], into: &shards[number], idOffset: offset, "shard \(number)")
      }
    } catch {
      (shards, other.shards) = before
      throw error
    }
  }

  /// Adds the selected vectors to `target`: with successive numbering, behind those of its last shard
  /// and with new ids; with global numbering, shard by shard under their ids.
  public func copySubset(
    _ selection: SubsetSelection, to target: inout ShardedIndex
  ) throws(IndexError) {
    try target.requireSameNumbering(self)
    guard numbering == .global else { return try target.append(numbersOf: selected(selection)) }
    try selection.validate()
    let before = target.shards
    var first = 0
    do throws(IndexError) {
      for (number, shard) in shards.enumerated() {
        try copyAny(
          selection.shifted(by: first, count: shard.count), of: shard,
          to: &target.shards[number], "shard \(number)")
        first += shard.count
      }
    } catch {
      target.shards = before
      throw error
    }
  }

  private func requireSameNumbering(_ other: ShardedIndex) throws(IndexError) {
    guard other.numbering == numbering,
      numbering == .successive || other.shards.count == shards.count
    else {
      throw IndexError(
        .invalidArgument,
        "both sharded indexes need \(numbering) numbering and \(shards.count) shards; the other has"
          + " \(other.numbering) and \(other.shards.count)")
    }
  }
}

extension SubsetSelection {
  /// The selection in terms of a part that holds elements `first ..< first + count`.
  fileprivate func shifted(by first: Int, count: Int) -> SubsetSelection {
    guard case .elements(let range) = self else { return self }
    let inside = range.clamped(to: first..<first + count)
    return .elements(inside.lowerBound - first..<inside.upperBound - first)
  }
}
