import VicinalCore
public import VicinalIndexes

/// What an index may cost, in AutoFaiss's terms.
public struct Budget: Sendable {
  /// The index, with what makes searching it faster, never takes more memory than this, nor does its file.
  /// AutoFaiss: `max_index_memory_usage`.
  public var indexMemory = MemorySize(bytes: 16 << 30)

  /// Memory that building may use beside the index itself. AutoFaiss:
  /// `current_memory_available`.
  public var workMemory = MemorySize(bytes: 4 << 30)

  /// What training may hold, if that is known: where it is too little for the usual number of lists,
  /// fewer are considered too.
  public var trainingMemory: MemorySize?

  /// A single query should take no longer than this on average. AutoFaiss:
  /// `max_index_query_time_ms`.
  public var queryMilliseconds = 10.0

  /// Whether the file must be usable memory-mapped, which means inverted lists. AutoFaiss:
  /// `should_be_memory_mappable`.
  public var isMemoryMappable = false

  /// Whether indexes of parts of the vectors must be possible to put together on disk, which
  /// distributed builds do.
  public var isMergeable = false

  /// Whether inverted lists keep where each id is, which takes 8 bytes per vector. AutoFaiss:
  /// `make_direct_map`.
  public var hasDirectMap = false

  /// Tuning stops looking for a better answer once this share of the true ten nearest is found.
  public var targetRecall = 0.95

  /// AutoFaiss's defaults; of its `current_memory_available` of 32G only work beside the index
  /// counts here, and 4G is plenty for that.
  public init() {}
}

/// An index that was chosen, and why.
public struct Choice: Sendable, Equatable, Codable {
  /// What to build.
  public var spec: IndexSpec

  /// Whether what only makes searching faster fits the bound too: an int8 companion, terms of product
  /// codes or tables for them.
  public var isAccelerated: Bool

  /// Bytes of memory that the built index is predicted to take.
  public var predictedBytes: Int

  /// Bytes that its file is predicted to take.
  public var predictedFileBytes: Int

  /// The rule that decided, in words.
  public var reason: String
}
