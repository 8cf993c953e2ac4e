import VicinalCompute
public import VicinalCore

/// An index whose vectors are spread over several indexes; a search asks all of them, side by side,
/// and merges their answers.
///
/// The shards are indexes of one dimension and metric, trained or not, empty or not. They are kept
/// in memory and in files one by one: write each of ``shards`` to a file of its own, and make the
/// sharded index anew from what is read.
///
/// ```swift
/// let spec = try IndexSpec(parsing: "IVF1024,Flat")
/// let shard = try spec.makeIndex(dimension: 128, metric: .l2)
/// var index = try ShardedIndex([shard, shard, shard])
/// try index.train(on: sample)
/// try index.add(vectors)
/// ```
///
/// The corresponding faiss type is `IndexShards`, with `threaded` set.
public struct ShardedIndex: VectorIndex {
  /// What the ids of vectors are.
  public enum Numbering: Sendable, Equatable {
    /// Each shard numbers its vectors from 0, and the ids of a shard follow those of the shard
    /// before. faiss: `successive_ids`, its default.
    case successive
    /// Shards hold the ids that the sharded index answers with; they must take ids (inverted
    /// files, id maps).
    case global
  }

  /// The parts, at least one.
  public internal(set) var shards: [any VectorIndex]

  /// What the ids of vectors are.
  public let numbering: Numbering

  /// Puts indexes together.
  ///
  /// - Parameters:
  ///   - shards: At least one; alike in dimension, metric and being trained.
  ///   - numbering: What their ids mean.
  /// - Throws: ``IndexError/Code/invalidArgument`` if they are not alike, or if a shard holds ids of
  ///   its own and `numbering` is successive.
  public init(
    _ shards: [any VectorIndex], numbering: Numbering = .successive
  ) throws(IndexError) {
    try shards.requireAlike("a sharded index")
    self.shards = shards
    self.numbering = numbering
    for (number, shard) in shards.enumerated() { try requireNumbered(shard, number) }
  }

  private func requireNumbered(_ shard: any VectorIndex, _ number: Int) throws(IndexError) {
    guard numbering == .successive else { return }
    var isNumbered = true
    if let mapped = shard as? IDMapIndex {
      isNumbered = mapped.ids.indices.allSatisfy { mapped.ids[$0] == Int64($0) }
    } else if let lists = shard.core as? IVFIndex {
      isNumbered = lists.numbersItself
    }
    guard isNumbered else {
      throw IndexError(
        .invalidArgument,
        "shard \(number) holds ids of its own, not 0 ..< \(shard.count), so that successive ids are"
          + " impossible; use global numbering")
    }
  }

  /// Adds a shard behind the others. faiss: `add_shard`.
  ///
  /// - Throws: As ``init(_:numbering:)``; the index is then as before.
  public mutating func append(shard: any VectorIndex) throws(IndexError) {
    self = try ShardedIndex(shards + [shard], numbering: numbering)
  }

  /// Takes a shard out; with successive numbering the ids of those behind it move up. faiss:
  /// `remove_shard`.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` if there is no such shard or no other.
  @discardableResult
  public mutating func remove(shardAt number: Int) throws(IndexError) -> any VectorIndex {
    guard shards.indices.contains(number), shards.count > 1 else {
      throw IndexError(
        .invalidArgument,
        "there are shards 0 ..< \(shards.count), of which one must stay; \(number) cannot be taken"
          + " out")
    }
    return shards.remove(at: number)
  }

  /// Floats per vector.
  public var dimension: Int { shards[0].dimension }

  /// How vectors are compared.
  public var metric: Metric { shards[0].metric }

  /// Vectors held by all shards.
  public var count: Int { shards.reduce(0) { $0 + $1.count } }

  /// Whether vectors can be added to every shard.
  public var isTrained: Bool { shards.allSatisfy(\.isTrained) }

  /// Bytes of memory that the shards hold.
  public var byteCount: Int { shards.reduce(0) { $0 + $1.byteCount } }

  /// The id of the first vector of each shard, if numbering is successive; 0 otherwise.
  var offsets: [Int64] {
    var first: Int64 = 0
    return shards.map { shard in
      defer { if numbering == .successive { first += Int64(shard.count) } }
      return first
    }
  }

  /// Trains every shard on the same sample.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    try shards.updateParts(execution, keepsCopy: true) { _, shard, execution throws(IndexError) in
      try shard.train(on: sample, execution: execution)
    }
  }
}

extension ShardedIndex: TunableIndex {
  /// The settings that all shards have, as the first has them.
  public var knobs: [Knob] { shards.commonKnobs }

  /// Changes one setting of every shard.
  public mutating func setKnob(_ name: String, to value: Double) throws(IndexError) {
    try shards.setKnobs(name, to: value)
  }
}
