import VicinalCompute
public import VicinalCore

/// A graph over binary vectors that a search walks towards the query.
///
/// See ``HNSWIndex``; vectors are compared by Hamming distance, exactly. The graph is the same for
/// any number of threads and any instruction set.
///
/// ```swift
/// var index = try BinaryHNSWIndex(dimension: 256, links: 32)
/// try index.add(vectors)
/// let found = try index.search(queries, k: 10)
/// ```
///
/// The corresponding faiss types are `IndexBinaryHNSW` and `IndexBinaryHNSWCagra`.
public struct BinaryHNSWIndex: BinaryIndex, BinaryGraphSearching {
  /// What faiss keeps of graphs that were built by CAGRA on a GPU.
  package struct CagraSettings: Sendable, Equatable {
    /// faiss: `keep_max_size_level0`.
    package var keepsMaxSizeLevel0: Bool
    /// Whether only level 0 has links. faiss: `base_level_only`.
    package var isBaseLevelOnly: Bool
    /// Nodes among which a walk over level 0 alone looks for its start.
    /// faiss: `num_base_level_search_entrypoints`.
    package var entryCount: Int32

    package init(keepsMaxSizeLevel0: Bool, isBaseLevelOnly: Bool, entryCount: Int32) {
      self.keepsMaxSizeLevel0 = keepsMaxSizeLevel0
      self.isBaseLevelOnly = isBaseLevelOnly
      self.entryCount = entryCount
    }
  }

  /// The vectors; number i is id i.
  package internal(set) var rows: BinaryRows

  /// The links.
  package internal(set) var graph: HNSWGraph

  /// Set for graphs by CAGRA.
  package let cagra: CagraSettings?

  /// Links per node on levels above 0; level 0 has twice as many. faiss: `M`.
  public let links: Int

  /// What the levels of nodes added from now on are drawn from. faiss: `rng`.
  public var seed: UInt64 = 12345

  /// An empty index.
  ///
  /// - Parameters:
  ///   - dimension: Bits per vector, a multiple of 8.
  ///   - links: Links per node, 2…1024; level 0 has twice as many. faiss: `M`.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(dimension: Int, links: Int = 32) throws(IndexError) {
    try BinaryBatch.validate(dimension: dimension)
    guard HNSWIndex.linkRange.contains(links) else {
      throw IndexError(
        .invalidArgument,
        "links (M) must be \(HNSWIndex.linkRange.lowerBound)…\(HNSWIndex.linkRange.upperBound),"
          + " got \(links)")
    }
    rows = BinaryRows(codeSize: dimension / 8)
    graph = HNSWGraph(links: links)
    self.links = links
    cagra = nil
  }

  /// Takes over vectors and links that a file holds.
  ///
  /// - Throws: ``IndexError/Code/corruptFile`` if the graph is not sound.
  package init(
    rows: BinaryRows, graph: HNSWGraph, cagra: CagraSettings? = nil
  ) throws(IndexError) {
    var checked = graph
    if cagra?.isBaseLevelOnly == true, graph.entryPoint == -1, let levels = graph.levels.first {
      // Such graphs need no entry point and may not have one.
      checked.entryPoint = 0
      checked.maxLevel = levels - 1
    }
    try checked.validate(count: rows.count)
    self.rows = rows
    self.graph = graph
    self.cagra = cagra
    let above = graph.cumulative.count > 2 ? graph.cumulative[2] - graph.cumulative[1] : 0
    links = max(1, Int(above > 0 ? above : graph.cumulative[1] / 2))
  }

  /// Bits per vector.
  public var dimension: Int { rows.codeSize * 8 }

  /// Vectors held.
  public var count: Int { rows.count }

  /// Always true: there is nothing to learn.
  public var isTrained: Bool { true }

  /// Bytes of memory held: vectors and links.
  public var byteCount: Int { rows.byteCount + graph.byteCount }

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

  /// Checks the vectors and returns; a graph learns nothing in advance.
  public mutating func train(
    on sample: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try sample.requireDimension(dimension, of: "training vectors")
  }

  /// Adds vectors under the ids `count ..< count + vectors.count` and links them.
  ///
  /// - Complexity: O(n · log count · efConstruction · links · dimension / workers).
  public mutating func add(
    _ vectors: borrowing BinaryBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    guard cagra?.isBaseLevelOnly != true else {
      throw IndexError(
        .unsupported, "a graph of a single level (base_level_only) takes no further vectors")
    }
    guard vectors.count <= Int(Int32.max) - count else {
      throw IndexError(
        .invalidArgument,
        "a graph names its nodes with 32 bits; \(count) + \(vectors.count) are too many")
    }
    guard vectors.count > 0 else { return }
    let kernels = try KernelSet(execution.kernels)
    let before = execution.isCancelled == nil ? nil : self
    let first = count
    rows.append(vectors.bytes)
    do throws(IndexError) {
      try graph.appendLinked(
        first..<count, seed: seed, view: view(kernels), execution: execution)
    } catch {
      if let before { self = before }
      throw error
    }
  }

  func view(_ kernels: KernelSet) -> GraphView {
    GraphView(
      bits: GraphBits(
        chunks: rows.chunks, codeSize: rows.codeSize, shift: rows.shift, count: rows.count),
      cumulative: graph.cumulative, kernels: kernels)
  }
}

extension BinaryHNSWIndex: BinaryReconstructible {
  /// The vector with an id.
  public func reconstruct(_ id: Int64) throws(IndexError) -> [UInt8] {
    guard id >= 0, id < count else {
      throw IndexError(.notFound, "ids are 0 ..< \(count), there is no vector \(id)")
    }
    return rows.row(Int(id))
  }
}
