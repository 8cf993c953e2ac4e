import VicinalCompute
public import VicinalCore

extension HNSWIndex {
  /// How much of what this call has inserted the next batch may add. Nodes of one batch do not
  /// see each other; at a small share that costs no measurable recall.
  private static let batchShare = 32

  /// Adds vectors under the ids `count ..< count + vectors.count` and links them.
  ///
  /// The graph is the same for any number of threads and any instruction set. If the work can be
  /// cancelled, a copy of the links is kept until it is done.
  ///
  /// - Complexity: O(n · log count · efConstruction · links · dimension / workers).
  public mutating func add(
    _ vectors: borrowing VectorBatch, execution: Execution
  ) throws(IndexError) {
    try vectors.requireDimension(dimension, of: "vectors to add")
    try vectors.requireFinite(of: "vectors to add")
    guard efConstruction >= 1 else {
      throw IndexError(
        .invalidArgument, "efConstruction must be at least 1, is \(efConstruction)")
    }
    guard vectors.count <= Int(Int32.max) - count else {
      throw IndexError(
        .invalidArgument,
        "a graph names its nodes with 32 bits; \(count) + \(vectors.count) are too many")
    }
    guard vectors.count > 0 else { return }
    let before = execution.isCancelled == nil ? nil : self
    do throws(IndexError) {
      try append(vectors, execution)
    } catch {
      if let before { self = before }
      throw error
    }
  }

  private mutating func append(
    _ vectors: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    let kernels = try KernelSet(execution.kernels)
    let first = count
    rows.append(vectors, kernels: kernels)
    try updateCodes(kernels: kernels, workers: execution.workerCount)
    graph.appendNodes(vectors.count, seed: seed)
    try link(insertionOrder(first..<count), kernels, execution)
  }

  /// High levels first, so that every node finds all levels above its own complete, and otherwise
  /// scattered, so that data sorted by content does not end up in one batch.
  private func insertionOrder(_ nodes: Range<Int>) -> [Int32] {
    nodes.map { node in
      (level: graph.levels[node], hash: SplitMix64.mix(seed &+ UInt64(node)), node: Int32(node))
    }
    .sorted { ($1.level, $0.hash, $0.node) < ($0.level, $1.hash, $1.node) }
    .map(\.node)
  }

  private mutating func link(
    _ order: [Int32], _ kernels: KernelSet, _ execution: Execution
  ) throws(IndexError) {
    let view = GraphView(rows: rows, codes: codes, cumulative: graph.cumulative, kernels: kernels)
    let workers = execution.workerCount
    var done = 0
    if graph.entryPoint < 0 {
      setEntry(order[0])
      done = 1
    }
    while done < order.count {
      try execution.checkCancellation()
      var end = min(order.count, done + max(1, done / Self.batchShare))
      // A node that adds a level becomes the entry point before the next node comes.
      if graph.levels[Int(order[done])] > graph.maxLevel + 1 { end = done + 1 }
      try view.link(
        order[done..<end], levels: graph.levels, neighbors: &graph.neighbors,
        offsets: graph.offsets, entry: GraphEntry(node: graph.entryPoint, maxLevel: graph.maxLevel),
        limit: efConstruction, workers: workers)
      if graph.levels[Int(order[done])] > graph.maxLevel + 1 { setEntry(order[done]) }
      done = end
      execution.progress?(Progress(step: "link", done: done, total: order.count))
    }
  }

  private mutating func setEntry(_ node: Int32) {
    graph.entryPoint = node
    graph.maxLevel = graph.levels[Int(node)] - 1
  }
}
