public import VicinalCore
public import VicinalIndexes

/// Settings of an index that may stand behind id maps and transforms.
public enum IndexMaintenance {
  /// Stores search parameters in the index, so that its file brings them along, written as
  /// `nprobe=16,efSearch=64`.
  ///
  /// - Throws: As ``KnobSettings``.
  public static func set(
    parameters: String, on index: inout any VectorIndex
  ) throws(IndexError) {
    try KnobSettings(parsing: parameters).apply(to: &index)
  }

  /// Gives up the int8 companion and its memory.
  static func dropCompanion(of index: inout any VectorIndex) throws(IndexError) {
    try withCore(of: &index) { core throws(IndexError) in
      switch core {
      case var flat as FlatIndex:
        try flat.setAccelerated(false)
        core = flat
      case var lists as IVFIndex:
        try lists.setAccelerated(false)
        core = lists
      case var graph as HNSWIndex:
        try graph.setAccelerated(false)
        core = graph
      default: break
      }
    }
  }

  /// Checks parameters against what will be built, before hours are spent on it.
  ///
  /// - Throws: As ``KnobSettings``, with the specification as the name of the index.
  public static func check(
    _ settings: KnobSettings, for spec: IndexSpec, dimension: Int, metric: Metric
  ) throws(IndexError) {
    var index = try spec.makeIndex(dimension: dimension, metric: metric, isAccelerated: false)
    try settings.apply(to: &index, named: "\(spec)")
  }

  /// Makes an inverted file keep where each id is.
  ///
  /// - Returns: Whether the index has lists.
  public static func addDirectMap(to index: inout any VectorIndex) throws(IndexError) -> Bool {
    guard index.core is IVFIndex else { return false }
    try withCore(of: &index) { core throws(IndexError) in
      guard var lists = core as? IVFIndex else { return }
      core = FlatIndex(dimension: lists.dimension)
      defer { core = lists }
      try lists.setDirectMap(.array)
    }
    return true
  }
}

extension IndexMaintenance {
  /// Makes an inverted file keep where each id is, whatever the ids; other indexes stay as they are.
  public static func addHashMap(to index: inout any VectorIndex) throws(IndexError) {
    try withCore(of: &index) { core throws(IndexError) in
      guard var lists = core as? IVFIndex else { return }
      core = FlatIndex(dimension: lists.dimension)
      defer { core = lists }
      try lists.setDirectMap(.hashTable)
    }
  }
}

extension VectorIndex {
  /// Whether the innermost index carries an int8 companion.
  public var isAcceleratedCore: Bool {
    switch core {
    case let flat as FlatIndex: flat.isAccelerated
    case let lists as IVFIndex: lists.isAccelerated
    case let graph as HNSWIndex: graph.isAccelerated
    default: false
    }
  }
}
