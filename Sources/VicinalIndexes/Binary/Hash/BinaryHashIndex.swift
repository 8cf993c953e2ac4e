import VicinalCompute
public import VicinalCore

/// A hash table over binary vectors: the first bits of a vector are its hash, and a search visits
/// the buckets whose hashes differ from the query's in at most ``flips`` bits.
///
/// Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012.
/// The corresponding faiss type is `IndexBinaryHash`.
public struct BinaryHashIndex: BinaryIndex {
  /// Vectors of one hash.
  package struct Bucket: Sendable, Equatable {
    package var ids: [Int64] = []
    package var codes: [UInt8] = []

    package init(ids: [Int64] = [], codes: [UInt8] = []) {
      self.ids = ids
      self.codes = codes
    }
  }

  /// Bits per vector.
  public let dimension: Int

  /// Bits of a hash. faiss: `b`.
  public let hashBits: Int

  /// Bits in which the hashes of buckets that are visited may differ from the query's, at least 0.
  /// faiss: `nflip`.
  public var flips = 0 { didSet { flips = max(0, flips) } }

  /// Vectors held.
  public internal(set) var count = 0

  package internal(set) var buckets: [UInt64: Bucket] = [:]

  /// An empty index.
  ///
  /// - Parameters:
  ///   - dimension: Bits per vector, a multiple of 8.
  ///   - hashBits: Bits of a hash, 1…64 and at most `dimension`.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(dimension: Int, hashBits: Int) throws(IndexError) {
    try BinaryBatch.validate(dimension: dimension)
    guard hashBits >= 1, hashBits <= min(dimension, HashProbe.mostBits) else {
      throw IndexError(
        .invalidArgument,
        "a hash has 1…\(min(dimension, HashProbe.mostBits)) bits, got \(hashBits)")
    }
    self.dimension = dimension
    self.hashBits = hashBits
  }

  /// Takes over what a file holds.
  ///
  /// - Throws: ``IndexError/Code/corruptFile`` if a bucket's vectors and ids do not fit.
  package init(
    dimension: Int, hashBits: Int, flips: Int, buckets: [UInt64: Bucket]
  ) throws(IndexError) {
    try self.init(dimension: dimension, hashBits: hashBits)
    guard buckets.values.allSatisfy({ $0.codes.count == $0.ids.count * dimension / 8 }) else {
      throw IndexError(.corruptFile, "a bucket has another number of vectors than of ids")
    }
    self.flips = max(0, flips)
    self.buckets = buckets
    count = buckets.values.reduce(0) { $0 + $1.ids.count }
  }

  /// Always true: there is nothing to learn.
  public var isTrained: Bool { true }

  /// Bytes of memory held, about.
  public var byteCount: Int {
    buckets.values.reduce(buckets.capacity * 24) { $0 + $1.ids.capacity * 8 + $1.codes.capacity }
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
    let first = Int64(count)
    try add(vectors, execution) { first + Int64($0) }
  }

  private mutating func add(
    _ vectors: borrowing BinaryBatch, _ execution: Execution, id: (Int) -> Int64
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    if vectors.count <= Self.leastCancellable {
      try execution.checkCancellation()
      Self.append(vectors, 0..<vectors.count, bits: hashBits, to: &buckets, id: id)
    } else {
      // Into buckets of their own: what is cancelled leaves no trace.
      var added: [UInt64: Bucket] = [:]
      for first in stride(from: 0, to: vectors.count, by: Self.leastCancellable) {
        try execution.checkCancellation()
        let part = first..<min(vectors.count, first + Self.leastCancellable)
        Self.append(vectors, part, bits: hashBits, to: &added, id: id)
      }
      for (hash, bucket) in added {
        buckets[hash, default: Bucket()].ids += bucket.ids
        buckets[hash, default: Bucket()].codes += bucket.codes
      }
    }
    count += vectors.count
  }

  /// Vectors that are added in less time than anybody waits for.
  private static let leastCancellable = 1 << 14

  private static func append(
    _ vectors: borrowing BinaryBatch, _ part: Range<Int>, bits: Int,
    to buckets: inout [UInt64: Bucket], id: (Int) -> Int64
  ) {
    for number in part {
      let row = vectors.row(number)
      let hash = HashProbe.hash(of: row, first: 0, bits: bits)
      buckets[hash, default: Bucket()].ids.append(id(number))
      buckets[hash, default: Bucket()].codes.append(copying: row)
    }
  }
}

extension BinaryHashIndex: BinaryIdentifiedAddition {
  /// Adds vectors under given ids; ids may repeat, as in faiss.
  public mutating func add(
    _ vectors: borrowing BinaryBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    let copied = try requireIDs(ids, for: vectors)
    try add(vectors, execution) { copied[$0] }
  }
}

extension BinaryHashIndex: BinaryRangeSearchable {
  /// Finds the `k` nearest vectors of each query among the buckets within reach.
  public func search(
    _ queries: borrowing BinaryBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let wanted = max(1, min(k, count))
    let parts = try scan(queries, options) { members, kernels in
      BinaryScan(
        queryCount: members, k: wanted, dimension: dimension, isAscending: false, kernels: kernels)
    }
    var found = Neighbors(empty: 0, k: wanted, metric: .l2)
    for part in parts { found.append(part.neighbors()) }
    return found.widened(to: k, metric: .l2)
  }

  /// Finds every vector within the radius among the buckets within reach.
  public func rangeSearch(
    _ queries: borrowing BinaryBatch, radius: Int, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    let limit = clampedRadius(radius)
    let parts = try scan(queries, options) { members, kernels in
      BinaryScan(queryCount: members, radius: limit, kernels: kernels)
    }
    var found = RangeNeighbors(limits: [0], distances: [], ids: [])
    for part in parts { found.append(part.rangeNeighbors()) }
    return found
  }

  private func scan(
    _ queries: borrowing BinaryBatch, _ options: SearchOptions,
    _ makeScan: (Int, KernelSet) -> BinaryScan
  ) throws(IndexError) -> [BinaryScan] {
    try options.requireNoKnobs(of: "a hash index")
    let kernels = try KernelSet(options.execution.kernels)
    let workers = options.execution.workerCount
    let ranges = evenRanges(queries.count, parts: workers * 4, minimum: 8)
    let probe = HashProbe(bits: hashBits, flips: flips)
    return try parallelMap(ranges.count, workers: workers) { task throws(IndexError) in
      try options.execution.checkCancellation()
      let part = queries.rows(ranges[task])
      var scan = makeScan(part.count, kernels)
      for query in 0..<part.count {
        if query.isMultiple(of: 64) { try options.execution.checkCancellation() }
        let hash = HashProbe.hash(of: part.row(query), first: 0, bits: hashBits)
        probe.forEach(near: hash, in: buckets) { bucket in
          let allowed = options.filter.map { filter in
            filter.mask(of: bucket.ids.count) { bucket.ids[$0] }
          }
          scan.scan(
            bucket.codes.span.rawBytes, count: bucket.ids.count, queries: part,
            members: [Int32(query)], allowed: allowed
          ) { bucket.ids[$0] }
        }
      }
      return scan
    }
  }
}
