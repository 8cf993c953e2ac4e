import VicinalCompute
public import VicinalCore

/// Several hash tables over the same binary vectors, each over bits of its own: a search compares
/// the vectors of all buckets, in any table, whose hashes differ from the query's in at most
/// ``flips`` bits.
///
/// Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012.
/// The corresponding faiss type is `IndexBinaryMultiHash`.
public struct BinaryMultiHashIndex: BinaryIndex {
  /// The vectors; number i is id i.
  package internal(set) var rows: BinaryRows

  /// Bits of a hash. faiss: `b`.
  public let hashBits: Int

  /// Hash tables; table t is over the bits `t · hashBits ..< (t + 1) · hashBits`. faiss: `nhash`.
  public var tableCount: Int { tables.count }

  /// Bits in which hashes may differ from the query's, at least 0. faiss: `nflip`.
  public var flips = 0 { didSet { flips = max(0, flips) } }

  /// For each table, the ids of each hash.
  package internal(set) var tables: [[UInt64: [Int32]]]

  /// An empty index.
  ///
  /// - Parameters:
  ///   - dimension: Bits per vector, a multiple of 8.
  ///   - tableCount: Hash tables, at least 1.
  ///   - hashBits: Bits of each hash, 1…64; all tables together at most `dimension`.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(dimension: Int, tableCount: Int, hashBits: Int) throws(IndexError) {
    try BinaryBatch.validate(dimension: dimension)
    guard hashBits >= 1, hashBits <= HashProbe.mostBits, tableCount >= 1,
      tableCount <= dimension / hashBits
    else {
      throw IndexError(
        .invalidArgument,
        "\(tableCount) hashes of \(hashBits) bits do not fit vectors of \(dimension) bits; a hash"
          + " has 1…\(HashProbe.mostBits) bits")
    }
    rows = BinaryRows(codeSize: dimension / 8)
    self.hashBits = hashBits
    tables = Array(repeating: [:], count: tableCount)
  }

  /// Takes over what a file holds.
  ///
  /// - Throws: ``IndexError/Code/corruptFile`` if a table names a vector that does not exist.
  package init(
    rows: BinaryRows, hashBits: Int, flips: Int, tables: [[UInt64: [Int32]]]
  ) throws(IndexError) {
    try self.init(dimension: rows.codeSize * 8, tableCount: tables.count, hashBits: hashBits)
    for table in tables {
      guard table.values.allSatisfy({ $0.allSatisfy { $0 >= 0 && Int($0) < rows.count } }) else {
        throw IndexError(
          .corruptFile, "a hash table names a vector that is not among the \(rows.count) there are")
      }
    }
    self.rows = rows
    self.flips = max(0, flips)
    self.tables = tables
  }

  /// Bits per vector.
  public var dimension: Int { rows.codeSize * 8 }

  /// Vectors held.
  public var count: Int { rows.count }

  /// Always true: there is nothing to learn.
  public var isTrained: Bool { true }

  /// Bytes of memory held, about.
  public var byteCount: Int {
    tables.reduce(rows.byteCount) { total, table in
      table.values.reduce(total + table.capacity * 24) { $0 + $1.capacity * 4 }
    }
  }

  /// Checks the vectors and returns.
  public mutating func train(
    on sample: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    guard vectors.count <= Int(Int32.max) - count else {
      throw IndexError(
        .invalidArgument,
        "a hash table names vectors with 32 bits; \(count) + \(vectors.count) are too many")
    }
    try execution.checkCancellation()
    let first = count
    let bits = hashBits
    // Into tables of their own: what is cancelled leaves no trace.
    let added = try parallelMap(tables.count, workers: execution.workerCount) {
      number throws(IndexError) in
      var table: [UInt64: [Int32]] = [:]
      for row in 0..<vectors.count {
        if row.isMultiple(of: Self.cancellationStep) { try execution.checkCancellation() }
        let hash = HashProbe.hash(of: vectors.row(row), first: number * bits, bits: bits)
        table[hash, default: []].append(Int32(first + row))
      }
      return table
    }
    rows.append(vectors.bytes)
    try parallelUpdate(&tables, workers: execution.workerCount) { number, table in
      for (hash, rows) in added[number] { table[hash, default: []] += rows }
    }
  }

  /// Vectors between questions whether work was cancelled.
  private static let cancellationStep = 1 << 14
}

extension BinaryMultiHashIndex: BinaryRangeSearchable, BinaryReconstructible {
  /// Finds the `k` nearest vectors of each query among the buckets within reach.
  public func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    var found = Neighbors(empty: queries.count, k: k, metric: .l2)
    for (query, hits) in try candidates(queries, options).enumerated() {
      for (place, hit) in hits.sorted().prefix(k).enumerated() {
        found.distances[query * k + place] = Float(hit >> 32)
        found.ids[query * k + place] = Int64(hit & 0xffff_ffff)
      }
    }
    return found
  }

  /// Finds every vector within the radius among the buckets within reach.
  public func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    var found = RangeNeighbors(limits: [0], distances: [], ids: [])
    for hits in try candidates(queries, options) {
      for hit in hits.sorted() where Int(hit >> 32) < radius {
        found.distances.append(Float(hit >> 32))
        found.ids.append(Int64(hit & 0xffff_ffff))
      }
      found.limits.append(found.ids.count)
    }
    return found
  }

  /// The vector with an id.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(id)")
    }
    return rows.row(Int(id))
  }

  /// For each query distance << 32 | id of the vectors within reach, each once.
  private func candidates(
    _ queries: borrowing BinaryBatch, _ options: SearchOptions
  ) throws(IndexError) -> [[UInt64]] {
    try options.requireNoKnobs(of: "a hash index")
    let kernels = try KernelSet(options.execution.kernels)
    let probe = HashProbe(bits: hashBits, flips: flips)
    return try parallelMap(queries.count, workers: options.execution.workerCount) {
      query throws(IndexError) in
      try options.execution.checkCancellation()
      let row = queries.row(query)
      var seen = [UInt64](repeating: 0, count: (count + 63) / 64)
      var ids: [Int32] = []
      for (number, table) in tables.enumerated() {
        let hash = HashProbe.hash(of: row, first: number * hashBits, bits: hashBits)
        probe.forEach(near: hash, in: table) { bucket in
          for id in bucket where seen[Int(id) >> 6] >> UInt64(id & 63) & 1 == 0 {
            seen[Int(id) >> 6] |= 1 << UInt64(id & 63)
            if options.filter?.contains(Int64(id)) ?? true { ids.append(id) }
          }
        }
      }
      let distances = kernels.hammingDistances(
        from: row, to: ids, chunks: rows.chunks, shift: rows.shift)
      return zip(ids, distances).map { UInt64($1) << 32 | UInt64($0) }
    }
  }
}
