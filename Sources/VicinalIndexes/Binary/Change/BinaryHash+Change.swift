public import VicinalCore

extension BinaryHashIndex: BinaryReconstructible, BinaryRemovable, BinaryMergeable {
  /// The vector with an id; any of them where ids repeat.
  ///
  /// - Complexity: O(count).
  public func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8] {
    for bucket in buckets.values {
      guard let place = bucket.ids.firstIndex(of: id) else { continue }
      return Array(bucket.codes[place * codeSize..<(place + 1) * codeSize])
    }
    throw IndexError(.notFound, "no vector has the id \(id)")
  }

  /// Removes every vector whose id the filter contains; the others keep their ids.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let before = count
    buckets = buckets.compactMapValues { bucket in
      guard bucket.ids.contains(where: filter.contains) else { return bucket }
      var kept = Bucket()
      for (place, id) in bucket.ids.enumerated() where !filter.contains(id) {
        kept.ids.append(id)
        kept.codes += bucket.codes[place * codeSize..<(place + 1) * codeSize]
      }
      return kept.ids.isEmpty ? nil : kept
    }
    count = buckets.values.reduce(0) { $0 + $1.ids.count }
    return before - count
  }

  /// Moves all vectors of `other`, which must hash by as many bits, into this index.
  ///
  /// - Throws: Also ``IndexError/Code/invalidArgument`` if an id would become negative.
  public mutating func merge(
    from other: inout BinaryHashIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireSameDimension(other)
    guard other.hashBits == hashBits else {
      throw IndexError(
        .invalidArgument,
        "both indexes need hashes of \(hashBits) bits; those of the other have \(other.hashBits)")
    }
    var moved = other.buckets
    for (hash, bucket) in other.buckets where offset != 0 {
      moved[hash]?.ids = try bucket.ids.map { id throws(IndexError) in
        try shiftedID(id, by: offset)
      }
    }
    for (hash, bucket) in moved {
      buckets[hash, default: Bucket()].ids += bucket.ids
      buckets[hash, default: Bucket()].codes += bucket.codes
    }
    count += other.count
    try other.reset()
  }

  /// Forgets all vectors and keeps the settings.
  public mutating func reset() throws(IndexError) {
    buckets = [:]
    count = 0
  }
}

extension BinaryHashIndex: BinaryNumberedIndex {
  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    try requireNumbers()
    let gone = buckets.values.flatMap { $0.ids.filter(filter.contains) }.sorted()
    try remove(filter)
    for hash in Array(buckets.keys) {
      guard let ids = buckets[hash]?.ids else { continue }
      buckets[hash]?.ids = ids.map { $0 - gone.places(below: $0) }
    }
    return gone.count
  }

  mutating func append(numbersOf other: BinaryHashIndex) throws(IndexError) {
    try requireNumbers()
    try other.requireNumbers()
    var moved = other
    try merge(from: &moved, idOffset: Int64(count))
  }

  private func requireNumbers() throws(IndexError) {
    let range = 0..<Int64(count)
    guard buckets.values.allSatisfy({ $0.ids.allSatisfy(range.contains) }) else {
      throw IndexError(
        .unsupported, "the hash index holds ids of its own, not the numbers 0 ..< \(count)")
    }
  }
}

extension BinaryMultiHashIndex: BinaryNumberedIndex, BinaryRemovable, BinaryMergeable {
  /// Removes every vector whose id the filter contains; the ids after it move up, and all that are
  /// left are hashed anew.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    try removeNumbers(filter)
  }

  /// Moves the vectors of `other` behind those of this index, which need not have as many tables.
  public mutating func merge(
    from other: inout BinaryMultiHashIndex, idOffset offset: Int64 = 0
  ) throws(IndexError) {
    try requireNoOffset(offset, "an index of several hash tables")
    try append(numbersOf: other)
    try other.reset()
  }

  /// Forgets all vectors and keeps the settings.
  public mutating func reset() throws(IndexError) {
    rows = BinaryRows(codeSize: codeSize)
    tables = Array(repeating: [:], count: tables.count)
  }

  mutating func removeNumbers(_ filter: IDFilter) throws(IndexError) -> Int {
    var kept = rows
    kept.filterRows { !filter.contains(Int64($0)) }
    let removed = count - kept.count
    guard removed > 0 else { return 0 }
    var emptied = self
    try emptied.reset()
    try emptied.append(rows: kept)
    self = emptied
    return removed
  }

  mutating func append(numbersOf other: BinaryMultiHashIndex) throws(IndexError) {
    try requireSameDimension(other)
    try append(rows: other.rows)
  }

  private mutating func append(rows added: BinaryRows) throws(IndexError) {
    for chunk in added.chunks {
      try add(BinaryBatch(chunk.bytes, dimension: dimension), execution: Execution())
    }
  }
}
