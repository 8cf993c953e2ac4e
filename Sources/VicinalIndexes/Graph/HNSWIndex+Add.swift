import VicinalCoding
import VicinalCompute
public import VicinalCore

extension HNSWIndex {
  /// See ``HNSWGraph``, which links.
  static let (batchShare, largestBatch) = (HNSWGraph.batchShare, HNSWGraph.largestBatch)

  /// Linking one vector takes about as long as copying the links of so many, or longer.
  package static let leastCancellableShare = 1000

  /// Adds vectors under the ids `count ..< count + vectors.count` and links them.
  ///
  /// The graph is the same for any number of threads and, where codes tell vectors apart, for any
  /// instruction set. Where they do not, links are chosen by floats.
  /// If the work can be cancelled, a copy of the links is kept until it is done; a few vectors for a
  /// large index are added before that copy would be made, so they cannot be cancelled.
  ///
  /// - Complexity: O(n · log count · efConstruction · links · dimension / workers).
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireAddable(vectors)
    guard vectors.count > 0 else { return }
    var execution = execution
    if vectors.count < count / Self.leastCancellableShare { execution.isCancelled = nil }
    let before = execution.isCancelled == nil ? nil : self
    do throws(IndexError) {
      try append(vectors, execution)
    } catch {
      if let before { self = before }
      throw error
    }
  }

  /// The same without a copy of the links, for whoever gives the index up if this throws.
  package mutating func fill(
    with vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireAddable(vectors)
    if vectors.count > 0 { try append(vectors, execution) }
  }

  /// Makes room for exactly `total` vectors and their links, so that adding them moves nothing. Only
  /// codes need room: plain rows lie in chunks.
  package mutating func reserve(_ total: Int) {
    let first = graph.levels.count
    guard total > first else { return }
    coded?.codes.reserve(total)
    var slots = graph.neighbors.count
    for node in first..<total {
      slots += Int(graph.cumulative[graph.drawnLevel(of: node + removedCount, seed: seed) + 1])
    }
    graph.levels.reserveCapacity(total)
    graph.offsets.reserveCapacity(total + 1)
    graph.neighbors.reserveCapacity(slots)
  }

  private func requireAddable(_ vectors: borrowing VectorBatch) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    try vectors.requireFinite(of: "vectors to add")
    guard isTrained else {
      throw IndexError(
        .notTrained, "the codec of the index is not trained; train it on a sample first")
    }
    guard vectors.count <= Int(Int32.max) - count else {
      throw IndexError(
        .invalidArgument,
        "a graph names its nodes with 32 bits; \(count) + \(vectors.count) are too many")
    }
  }

  private mutating func append(
    _ vectors: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    let first = count
    try appendRows(vectors, execution)
    try linkStaged(execution, vectors: vectors.values, from: first)
  }

  private mutating func appendRows(
    _ vectors: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    let kernels = try KernelSet(execution.kernels)
    if coded == nil {
      rows.append(vectors, kernels: kernels)
    } else {
      try execution.checkCancellation()
      try coded?.append(vectors, execution: execution)
    }
  }

  /// Takes vectors without linking them; ``linkStaged(_:)`` must follow before any search. Building
  /// from a stream in this way gives a graph that does not depend on how the stream is cut.
  package mutating func stage(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try requireAddable(vectors)
    try appendRows(vectors, execution)
  }

  /// Links all vectors that are not in the graph yet. What growing left unused is given back first:
  /// links are made to measure, so that a trim behind this copies nothing.
  package mutating func linkStaged(_ execution: Execution) throws(IndexError) {
    rows.trim()
    coded?.codes.trim()
    let none: [Float] = []
    try linkStaged(execution, vectors: none.span, from: count)
  }

  /// The same; `vectors` are those that codes from number `start` on were made of.
  private mutating func linkStaged(
    _ execution: Execution, vectors: Span<Float>, from start: Int
  ) throws(IndexError) {
    let kernels = try KernelSet(execution.kernels)
    let first = graph.levels.count
    guard first < count else { return }
    try updateCodes(kernels: kernels, workers: execution.workerCount)
    graph.appendNodes(count - first, seed: seed, passed: removedCount)
    try graph.link(
      first..<count, seed: seed, view: view(kernels), vectors: vectors, from: start,
      execution: execution)
  }

  /// Links all nodes afresh, on the levels that they have.
  mutating func rebuildLinks(_ kernels: KernelSet, _ execution: Execution) throws(IndexError) {
    graph.entryPoint = -1
    graph.maxLevel = -1
    for slot in graph.neighbors.indices { graph.neighbors[slot] = -1 }
    guard count > 0 else { return }
    let none: [Float] = []
    try graph.link(
      0..<count, seed: seed, view: view(kernels), vectors: none.span, from: count,
      execution: execution)
  }

  /// Links nodes that are in the graph already to the nodes that are nearest now.
  mutating func relink(
    _ nodes: [Int32], _ kernels: KernelSet, _ execution: Execution
  ) throws(IndexError) {
    let view = view(kernels)
    let size = max(1, min(count / Self.batchShare, Self.largestBatch))
    let none: [Float] = []
    for first in stride(from: 0, to: nodes.count, by: size) {
      try execution.checkCancellation()
      try view.link(
        nodes[first..<min(nodes.count, first + size)], levels: graph.levels,
        neighbors: &graph.neighbors, offsets: graph.offsets,
        entry: GraphEntry(node: graph.entryPoint, maxLevel: graph.maxLevel),
        limit: min(efConstruction, count), workers: execution.workerCount, vectors: none.span,
        isAnew: true)
    }
  }

  /// What kernels read; `options` are for codecs.
  func view(_ kernels: KernelSet, _ options: ScanOptions? = nil) -> GraphView {
    guard let coded else {
      return GraphView(rows: rows, codes: codes, cumulative: graph.cumulative, kernels: kernels)
    }
    return GraphView(
      coded: coded.kernelRows(metric: metric, options: options, kernels: kernels),
      cumulative: graph.cumulative, kernels: kernels)
  }
}
