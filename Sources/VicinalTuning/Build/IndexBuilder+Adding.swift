import VicinalCompute
import VicinalCore
import VicinalDatasets
import VicinalIndexes

extension IndexBuilder {
  /// Fills a trained index, in batches within the work memory.
  func add(
    to index: inout any VectorIndex, from source: any EmbeddingSource, execution: Execution
  ) throws(IndexError) {
    // What choosing and training left in the heaps of threads would come on top of the index.
    trimHeap()
    let rowBytes = try checkedProduct(source.dimension, 4, of: "a vector")
    let rows = max(1, min(Self.mostBatchRows, workMemory.bytes / 8 / rowBytes))
    var quiet = execution
    quiet.progress = nil
    let report = { (step: String, done: Int) in
      execution.progress?(WorkProgress(step: step, done: done, total: source.count)) ?? ()
    }
    report(index.core is IVFIndex ? "assign" : "add", 0)
    switch index.core {
    case is IVFIndex:
      try addInTwoPasses(to: &index, from: source, rows: rows, execution: quiet, report: report)
    case let graph as HNSWIndex where graph.codec == nil || !(index is IDMapIndex):
      try addToGraph(
        &index, isStaged: graph.codec == nil, from: source, rows: rows, execution: execution,
        report: report)
    default:
      try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
        try check(batch, first, of: source, execution)
        try index.add(batch, execution: quiet)
        report("add", first + batch.count)
      }
    }
  }

  /// Checked here too, so that a message names the file and row of the data, not of the batch.
  private func check(
    _ batch: borrowing VectorBatch, _ first: Int, of source: any EmbeddingSource,
    _ execution: Execution
  ) throws(IndexError) {
    try execution.checkCancellation()
    if !metric.allowsNaN { try source.requireFinite(batch, from: first) }
  }

  /// Takes all vectors first and links them then, so that the graph depends on the data alone and
  /// not on files and batches. New codes choose links by the vectors they were made of, so a graph
  /// of codes links each batch.
  private func addToGraph(
    _ index: inout any VectorIndex, isStaged: Bool, from source: any EmbeddingSource, rows: Int,
    execution: Execution, report: (String, Int) -> Void
  ) throws(IndexError) {
    let chain = index.frontChain
    var quiet = execution
    quiet.progress = nil
    func take(_ batch: borrowing VectorBatch, _ graph: inout HNSWIndex) throws(IndexError) {
      if isStaged {
        try graph.stage(batch, execution: execution)
      } else {
        try graph.fill(with: batch, execution: quiet)
      }
    }
    try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
      try check(batch, first, of: source, execution)
      let values = try chain?.apply(batch, execution: execution)
      try withCore(of: &index) { core throws(IndexError) in
        guard var graph = core as? HNSWIndex else { return }
        core = FlatIndex(dimension: graph.dimension)
        defer { core = graph }
        if !isStaged, first == 0 { graph.reserve(graph.count + source.count) }
        if let values {
          try take(try VectorBatch(values.span, dimension: graph.dimension), &graph)
        } else {
          try take(batch, &graph)
        }
      }
      report("add", first + batch.count)
    }
    try withCore(of: &index) { core throws(IndexError) in
      guard var graph = core as? HNSWIndex else { return }
      core = FlatIndex(dimension: graph.dimension)
      defer { core = graph }
      // Nobody else holds the graph here: what is trimmed later would be held twice.
      if isStaged { try graph.linkStaged(execution) } else { graph.trim() }
    }
  }

  /// First finds the list of every vector, then makes room for exactly that and stores them:
  /// lists that grow step by step would leave the memory full of holes.
  private func addInTwoPasses(
    to index: inout any VectorIndex, from source: any EmbeddingSource, rows: Int,
    execution: Execution, report: (String, Int) -> Void
  ) throws(IndexError) {
    let chain = index.frontChain
    var cells: [Int32] = []
    cells.reserveCapacity(source.count)
    let assigning = index.core
    try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
      try check(batch, first, of: source, execution)
      guard let lists = assigning as? IVFIndex else { return }
      let values = try chain?.apply(batch, execution: execution)
      let found =
        if let values {
          try lists.cells(
            of: VectorBatch(values.span, dimension: lists.dimension), execution: execution)
        } else {
          try lists.cells(of: batch, execution: execution)
        }
      for cell in found { cells.append(Int32(cell)) }
      report("assign", first + batch.count)
    }
    var sizes: [Int]?
    report("add", 0)
    try source.forEachBatch(rows: rows) { batch, first throws(IndexError) in
      try execution.checkCancellation()
      let values = try chain?.apply(batch, execution: execution)
      try withCore(of: &index) { core throws(IndexError) in
        guard var lists = core as? IVFIndex else { return }
        core = FlatIndex(dimension: lists.dimension)
        defer { core = lists }
        if sizes == nil {
          var counts = [Int](repeating: 0, count: lists.listCount)
          for cell in cells { counts[Int(cell)] += 1 }
          try lists.reserve(counts, execution: execution)
          sizes = counts
        }
        let part = cells[first..<first + batch.count].map(Int64.init)
        if let values {
          try lists.add(
            VectorBatch(values.span, dimension: lists.dimension), cells: part,
            execution: execution)
        } else {
          try lists.add(batch, cells: part, execution: execution)
        }
      }
      report("add", first + batch.count)
    }
  }
}

extension VectorIndex {
  /// The transforms in front of the innermost index, as far as they are in front of everything.
  fileprivate var frontChain: TransformChain? {
    if let mapped = self as? IDMapIndex { return mapped.inner.frontChain }
    return (self as? TransformedIndex)?.chain
  }
}
