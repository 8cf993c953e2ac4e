package import VicinalCompute
public import VicinalCore

/// Exhaustive search: every query is compared with every vector, and the answer is exact.
///
/// For L2 and inner product an int8 companion of the vectors carries a first pass whose error is
/// bounded, so that only rows that may be among the answers are compared in float; the result is
/// the same as comparing all. The companion adds a quarter to the memory and can be switched off
/// with ``isAccelerated``.
///
/// ```swift
/// var index = FlatIndex(dimension: 2, metric: .l2)
/// try index.add(VectorBatch([0, 0, 3, 4].span, dimension: 2))
/// let found = try index.search(VectorBatch([0, 1].span, dimension: 2), k: 1)  // id 0, distance 1
/// ```
///
/// The corresponding faiss types are `IndexFlat`, `IndexFlatL2` and `IndexFlatIP`.
public struct FlatIndex: VectorIndex {
  /// The vectors; number i is id i.
  package internal(set) var rows: RowChunks

  /// How files hold the vectors, if not in rows; see ``setPanorama(_:)``.
  public internal(set) var panorama: PanoramaLayout?

  /// An empty index.
  ///
  /// This never fails. With a dimension below 1 the index accepts no vectors and no queries; with
  /// an undefined metric (Lp with p that is not a positive finite number) adding and searching
  /// throw ``IndexError/Code/invalidArgument``.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1; files hold at most 2²⁰.
  ///   - metric: Any metric.
  ///   - isAccelerated: Whether to keep an int8 companion (L2 and inner product only).
  public init(dimension: Int, metric: Metric = .l2, isAccelerated: Bool = true) {
    rows = RowChunks(dimension: dimension, metric: metric, isAccelerated: isAccelerated)
  }

  /// Takes over rows that a file holds.
  package init(rows: RowChunks) { self.rows = rows }

  /// Floats per vector.
  public var dimension: Int { rows.dimension }

  /// How vectors are compared.
  public var metric: Metric { rows.metric }

  /// Vectors held.
  public var count: Int { rows.count }

  /// Always true: there is nothing to learn.
  public var isTrained: Bool { true }

  /// Bytes of memory held: vectors and companion.
  public var byteCount: Int { rows.byteCount }

  /// Whether an int8 companion is kept.
  public var isAccelerated: Bool { rows.isAccelerated }

  /// Builds or discards the int8 companion. Results do not change, only speed and memory.
  public mutating func setAccelerated(_ wanted: Bool) throws(IndexError) {
    rows.setAccelerated(wanted, kernels: try KernelSet())
  }

  /// Checks the vectors and returns; a flat index learns nothing.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    try metric.requireUsable()
    if !metric.allowsNaN { try sample.requireFinite(of: "training vectors") }
  }

  /// Adds vectors under the ids `count ..< count + vectors.count`.
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    try metric.requireUsable()
    if !metric.allowsNaN { try vectors.requireFinite(of: "vectors to add") }
    try execution.checkCancellation()
    rows.append(vectors, kernels: try KernelSet(execution.kernels))
  }
}
