import VicinalCompute
public import VicinalCore

/// Several indexes with the same vectors; each answers a share of the queries, side by side.
///
/// A replica that was copied from another shares its memory until one of them is changed, so that
/// replicas in one process mostly serve to divide the threads; changes are made to each of them.
/// Write one of ``replicas`` to a file, not the replicated index.
///
/// ```swift
/// let index = try ReplicatedIndex(Array(repeating: trained, count: 2))
/// ```
///
/// The corresponding faiss type is `IndexReplicas`, with `threaded` set.
public struct ReplicatedIndex: VectorIndex {
  /// The copies, at least one.
  public internal(set) var replicas: [any VectorIndex]

  /// Puts copies together.
  ///
  /// - Parameter replicas: At least one; alike in dimension, metric, number of vectors and being
  ///   trained. That they hold the same vectors is for the caller to see to.
  /// - Throws: ``IndexError/Code/invalidArgument`` if they are not alike.
  public init(_ replicas: [any VectorIndex]) throws(IndexError) {
    try replicas.requireAlike("a replicated index")
    for (number, replica) in replicas.enumerated() where replica.count != replicas[0].count {
      throw IndexError(
        .invalidArgument,
        "replicas hold the same vectors, but number 0 holds \(replicas[0].count) and number"
          + " \(number) holds \(replica.count)")
    }
    self.replicas = replicas
  }

  /// Adds a copy. faiss: `add_replica`.
  ///
  /// - Throws: As ``init(_:)``; the index is then as before.
  public mutating func append(replica: any VectorIndex) throws(IndexError) {
    self = try ReplicatedIndex(replicas + [replica])
  }

  /// Takes a copy out. faiss: `remove_replica`.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if there is no such copy or no other.
  @discardableResult
  public mutating func remove(replicaAt number: Int) throws(IndexError) -> any VectorIndex {
    guard replicas.indices.contains(number), replicas.count > 1 else {
      throw IndexError(
        .invalidArgument,
        "there are replicas 0 ..< \(replicas.count), of which one must stay; \(number) cannot be"
          + " taken out")
    }
    return replicas.remove(at: number)
  }

  /// Floats per vector.
  public var dimension: Int { replicas[0].dimension }

  /// How vectors are compared.
  public var metric: Metric { replicas[0].metric }

  /// Vectors that each replica holds.
  public var count: Int { replicas[0].count }

  /// Whether vectors can be added to every replica.
  public var isTrained: Bool { replicas.allSatisfy(\.isTrained) }

  /// Bytes of memory that the replicas hold, if they share nothing.
  public var byteCount: Int { replicas.reduce(0) { $0 + $1.byteCount } }

  /// Trains every replica on the same sample.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    try replicas.updateParts(execution, keepsCopy: true) {
      _, replica, execution throws(IndexError) in
      try replica.train(on: sample, execution: execution)
    }
  }

  /// Adds vectors to every replica, under the ids that replicas give them.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try replicas.requireAddable(vectors, execution)
    try replicas.updateParts(execution) { _, replica, execution throws(IndexError) in
      try replica.add(vectors, execution: execution)
    }
  }

  /// Finds the `k` nearest vectors of each query; every replica answers a share of the queries.
  public func search(
    _ queries: borrowing VectorBatch, k: Int, options: SearchOptions
  ) throws(IndexError) -> Neighbors {
    try requireSearchable(queries, k: k)
    let parts = try answers(queries, options) { part, replica, options throws(IndexError) in
      try replica.search(part, k: k, options: options)
    }
    var found = Neighbors(k: k, distances: [], ids: [])
    for part in parts { found.append(part) }
    return found
  }

  /// What the replicas say to their shares of the queries, in order. A single share gets all
  /// threads; without queries the first replica still checks the options.
  func answers<Part>(
    _ queries: borrowing VectorBatch, _ options: SearchOptions,
    _ ask: (borrowing VectorBatch, any VectorIndex, SearchOptions) throws(IndexError) -> Part
  ) throws(IndexError) -> [Part] {
    let cut = evenRanges(queries.count, parts: replicas.count)
    let shares = cut.isEmpty ? [0..<0] : cut
    return try Array(replicas.prefix(shares.count)).mapParts(options.execution) {
      number, replica, execution throws(IndexError) in
      var options = options
      options.execution = execution
      options.avoidedNodes = nil
      return try ask(queries.rows(shares[number]), replica, options)
    }
  }
}

extension ReplicatedIndex: RangeSearchable, Reconstructible, RemovableIndex, IdentifiedAddition {
  /// Finds every vector within the radius; every replica answers a share of the queries.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the replicas have no range search.
  public func rangeSearch(
    _ queries: borrowing VectorBatch, radius: Float, options: SearchOptions
  ) throws(IndexError) -> RangeNeighbors {
    try requireSearchable(queries, k: 1)
    let parts = try answers(queries, options) { part, replica, options throws(IndexError) in
      guard let searchable = replica as? any RangeSearchable else {
        throw IndexError(.unsupported, "the replicas have no range search")
      }
      return try searchable.rangeSearch(part, radius: radius, options: options)
    }
    var found = RangeNeighbors(limits: [0], distances: [], ids: [])
    for part in parts { found.append(part) }
    return found
  }

  /// Adds vectors under given ids to every replica.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if a replica takes no ids, and as
  ///   ``VectorIndex/add(_:execution:)``; the index is then as before.
  public mutating func add(
    _ vectors: borrowing VectorBatch, ids: Span<Int64>, execution: Execution
  ) throws(IndexError) {
    guard ids.count == vectors.count else {
      throw IndexError(
        .invalidArgument, "every vector needs an id: \(vectors.count) vectors, \(ids.count) ids")
    }
    try replicas.requireAddable(vectors, execution)
    let copied = ids.indices.map { ids[$0] }
    try requireUsableIDs(copied)
    try replicas.requireIdentifiedAddition("a replicated index")
    try replicas.updateParts(execution) { _, replica, execution throws(IndexError) in
      try addIdentified(vectors, ids: copied, to: &replica, execution: execution)
    }
  }

  /// The vector with an id, as the first replica gives it.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [Float] {
    guard let source = replicas[0] as? any Reconstructible else {
      throw IndexError(.unsupported, "the replicas cannot give vectors back")
    }
    return try source.reconstruct(id)
  }

  /// Removes every vector whose id the filter contains from every replica.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if a replica cannot remove vectors; the index is then
  ///   as before.
  @discardableResult
  public mutating func remove(_ filter: IDFilter) throws(IndexError) -> Int {
    let before = count
    try replicas.updateParts(Execution(), keepsCopy: true) { _, replica, _ throws(IndexError) in
      let isCapable = try withCapability(&replica, as: (any RemovableIndex).self) {
        replica throws(IndexError) in try replica.remove(filter)
      }
      guard isCapable else {
        throw IndexError(.unsupported, "the replicas cannot remove vectors")
      }
    }
    return before - count
  }
}

extension ReplicatedIndex: TunableIndex {
  /// The settings that all replicas have, as the first has them.
  public var knobs: [Knob] { replicas.commonKnobs }

  /// Changes one setting of every replica.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    try replicas.setKnobs(name, to: value)
  }
}
