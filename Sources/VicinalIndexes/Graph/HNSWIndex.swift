import VicinalCoding
package import VicinalCompute
public import VicinalCore

/// A graph over the vectors that a search walks towards the query: fast and accurate without
/// training, at the price of memory for the links.
///
/// Goals, in this order: the recall of faiss's graph at the same parameters; the same graph for
/// any number of threads (and, with codes, any instruction set); few bytes read per node visited.
///
/// Nodes have links on level 0 and, for ever fewer of them, on higher levels, which a search
/// descends (Malkov and Yashunin, "Efficient and robust approximate nearest neighbor search using
/// Hierarchical Navigable Small World graphs", 2016, arXiv 1603.09320). Vectors are inserted in
/// growing batches, as in ParlayANN (Manohar et al., PPoPP 2024). While walking, vectors are
/// compared as int8 codes; the best candidates are compared in float, so that distances are
/// exact. ``isAccelerated`` switches the codes off.
///
/// ```swift
/// var index = try HNSWIndex(dimension: 128, metric: .l2, links: 32)
/// try index.add(vectors)
/// index.efSearch = 64
/// let found = try index.search(queries, k: 10)
/// ```
///
/// With a codec, codes are kept instead of the vectors: ``init(codec:metric:links:)``.
///
/// The corresponding faiss types are `IndexHNSW` and `IndexHNSWFlat`.
public struct HNSWIndex: VectorIndex, GraphSearching {
  /// The vectors; number i is id i. None if ``coded`` holds them.
  package internal(set) var rows: RowChunks

  /// The vectors as codes, or `nil` if they are kept as they are.
  package internal(set) var coded: CodedRows?

  /// The links.
  package internal(set) var graph: HNSWGraph

  /// The vectors as walks compare them, or `nil` if they compare floats.
  var codes: GraphCodes?

  /// Vectors that the codes' centre was computed from.
  var centredCount = 0

  /// Links per node on levels above 0; level 0 has twice as many. faiss: `M`.
  public let links: Int

  /// Whether walks should compare int8 codes.
  public internal(set) var isAccelerated: Bool

  /// What the levels of nodes added from now on are drawn from. faiss: `rng`.
  public var seed: UInt64 = 12345

  /// Vectors removed so far. Levels are drawn from numbers of nodes; without this, an index that
  /// loses and gains vectors in turns would draw the same ones again and again.
  var removedCount = 0

  /// Whether files name faiss's base class `IndexHNSW` instead of the one for the codec.
  package var isStoredAsBase = false

  /// Levels of the lengths that files hold beside the vectors, if they do; see
  /// ``setPanoramaLevels(_:)``. faiss: `num_panorama_levels`.
  public internal(set) var panoramaLevels: Int?

  /// Links per node that can be asked for.
  static let linkRange = 2...1024

  /// An empty index.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - metric: L2 or inner product.
  ///   - links: Links per node, 2…1024; level 0 has twice as many. faiss: `M`.
  ///   - isAccelerated: Whether to walk over int8 codes, which add a quarter to the memory of the
  ///     vectors.
  /// - Throws: ``IndexError/Code/unsupported`` for other metrics,
  ///   ``IndexError/Code/invalidArgument``.
  public init(
    dimension: Int, metric: Metric = .l2, links: Int = 32, isAccelerated: Bool = true
  ) throws(IndexError) {
    guard dimension >= 1 else {
      throw IndexError(.invalidArgument, "a dimension must be at least 1, got \(dimension)")
    }
    guard Self.linkRange.contains(links) else {
      throw IndexError(
        .invalidArgument,
        "links (M) must be \(Self.linkRange.lowerBound)…\(Self.linkRange.upperBound), got \(links)")
    }
    try Self.requireSupported(metric)
    rows = RowChunks(dimension: dimension, metric: metric, isAccelerated: false)
    graph = HNSWGraph(links: links)
    self.links = links
    self.isAccelerated = isAccelerated && Self.canAccelerate(dimension: dimension)
  }

  /// Takes over vectors and links that a file holds.
  ///
  /// - Parameters:
  ///   - rows: The vectors; an int8 companion for scans is dropped.
  ///   - graph: Checked here.
  ///   - isAccelerated: Whether to build codes now.
  /// - Throws: ``IndexError/Code/corruptFile`` if the graph is not sound,
  ///   ``IndexError/Code/unsupported`` for metrics other than L2 and inner product.
  package init(
    rows: RowChunks, graph: HNSWGraph, isAccelerated: Bool, execution: Execution = Execution()
  ) throws(IndexError) {
    try self.init(rows: rows, coded: nil, graph: graph)
    let kernels = try KernelSet(execution.kernels)
    self.rows.setAccelerated(false, kernels: kernels)
    self.isAccelerated = isAccelerated && Self.canAccelerate(dimension: rows.dimension)
    try updateCodes(kernels: kernels, workers: execution.workerCount)
  }

  init(rows: RowChunks, coded: CodedRows?, graph: HNSWGraph) throws(IndexError) {
    try Self.requireSupported(rows.metric)
    try graph.validate(count: coded?.count ?? rows.count)
    self.rows = rows
    self.coded = coded
    self.graph = graph
    let above = graph.cumulative.count > 2 ? graph.cumulative[2] - graph.cumulative[1] : 0
    links = max(1, Int(above > 0 ? above : graph.cumulative[1] / 2))
    isAccelerated = false
  }

  /// Floats per vector.
  public var dimension: Int { rows.dimension }

  /// L2 or inner product.
  public var metric: Metric { rows.metric }

  /// Vectors held.
  public var count: Int { coded?.count ?? rows.count }

  /// Whether the codec is trained; always true if the vectors are kept as they are.
  public var isTrained: Bool { coded?.codec.isTrained ?? true }

  /// Bytes of memory held: vectors, codes and links.
  public var byteCount: Int {
    rows.byteCount + (coded?.byteCount ?? 0) + (codes?.byteCount ?? 0) + graph.byteCount
  }

  /// Candidates kept while adding, at least 1 (smaller values are taken as 1); more give better
  /// links and take longer.
  public var efConstruction: Int {
    get { Int(graph.efConstruction) }
    set { graph.efConstruction = max(1, Int32(clamping: newValue)) }
  }

  /// Candidates kept while searching, at least 1 (smaller values are taken as 1); a search for
  /// more neighbours keeps as many.
  public var efSearch: Int {
    get { Int(graph.efSearch) }
    set { graph.efSearch = max(1, Int32(clamping: newValue)) }
  }

  /// Levels of each vector, at least 1. faiss: `hnsw.levels`.
  public var levels: [Int32] { graph.levels }

  /// The highest level, counted from 0; −1 while the index is empty. faiss: `hnsw.max_level`.
  public var maxLevel: Int { Int(graph.maxLevel) }

  /// The vector where searches begin; −1 while the index is empty. faiss: `hnsw.entry_point`.
  public var entryPoint: Int64 { Int64(graph.entryPoint) }

  /// Trains the codec, if there is one; a graph itself learns nothing in advance.
  public mutating func train(
    on sample: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
    try sample.requireFinite(of: "training vectors")
    try coded?.train(on: sample, execution: execution)
  }

  private static func requireSupported(_ metric: Metric) throws(IndexError) {
    guard metric == .l2 || metric == .innerProduct else {
      throw IndexError(
        .unsupported, "an HNSW index compares by L2 or inner product, not by \(metric)")
    }
  }
}
