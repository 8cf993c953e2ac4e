public import VicinalCore
public import VicinalIndexes
import VicinalStorage

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

  /// Gives up what only makes searching faster, and its memory.
  static func dropCompanion(of index: inout any VectorIndex) throws(IndexError) {
    try withCore(of: &index) { core throws(IndexError) in
      switch core {
      case var flat as FlatIndex:
        try flat.setAccelerated(false)
        core = flat
      case var lists as IVFIndex:
        try lists.setAccelerated(false)
        core = lists
      case var lists as IVFPQRIndex:
        try lists.setAccelerated(false)
        core = lists
      case var graph as HNSWIndex:
        try graph.setAccelerated(false)
        core = graph
      default: break
      }
    }
  }

  /// Checks, before hours are spent on it, that what will be built can be stored in faiss's format
  /// and has some search parameters.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if no record can hold it; as ``KnobSettings``, with the
  ///   specification as the name of the index.
  public static func check(
    _ spec: IndexSpec, settings: KnobSettings, dimension: Int, metric: Metric
  ) throws(IndexError) {
    if case .residualCells = spec {
      throw IndexError(
        .unsupported,
        "\(spec) finds the cells of an inverted file and holds no vectors; build"
          + " IVF64(RCQ2x3),Flat or the like")
    }
    var index = try spec.withOneList.makeIndex(
      dimension: dimension, metric: metric, isAccelerated: false)
    try settings.apply(to: &index, named: "\(spec)")
    do throws(IndexError) {
      _ = try IndexFile.byteCount(of: index)
    } catch  where error.code == .unsupported {
      throw error
    } catch {
      // What is not trained yet says so.
    }
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
  public var hasInt8Companion: Bool {
    switch core {
    case let flat as FlatIndex: flat.isAccelerated
    case let lists as IVFIndex: lists.isAccelerated && lists.codec == nil
    case let graph as HNSWIndex: graph.isAccelerated
    default: false
    }
  }
}

extension IndexSpec {
  /// The same kind of index, of no size: empty lists take memory too.
  fileprivate var withOneList: IndexSpec {
    switch self {
    case .ivf(_, let coarse, let codec):
      switch coarse {
      case .flat, .hnsw: .ivf(listCount: 1, coarse: coarse, codec: codec)
      case .multiIndex, .index: self
      }
    case .idMap(let inner, let isReversible): .idMap(inner.withOneList, isReversible: isReversible)
    case .transformed(let transforms, let inner): .transformed(transforms, inner.withOneList)
    case .refined(let base, let refiner): .refined(base.withOneList, by: refiner)
    case .panorama(let inner, let panorama): .panorama(inner.withOneList, panorama)
    case .deduplicated(let inner): .deduplicated(inner.withOneList)
    case .flat, .codes, .hnsw, .residualCells: self
    }
  }
}
