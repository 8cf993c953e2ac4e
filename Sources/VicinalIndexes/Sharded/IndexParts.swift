import VicinalCompute
import VicinalCore

/// What shards and replicas share: indexes that are used side by side, each by some of the threads.
extension [any VectorIndex] {
  /// Requires parts that can answer together.
  ///
  /// - Parameters:
  ///   - kind: What the parts are for, for messages: "a sharded index".
  func requireAlike(_ kind: String) throws(IndexError) {
    guard let first else {
      throw IndexError(.invalidArgument, "\(kind) needs at least one index")
    }
    for (number, part) in enumerated() {
      guard part.dimension == first.dimension, part.metric == first.metric,
        part.isTrained == first.isTrained
      else {
        func text(_ part: any VectorIndex) -> String {
          "dimension \(part.dimension), metric \(part.metric) and is "
            + (part.isTrained ? "trained" : "not trained")
        }
        throw IndexError(
          .invalidArgument,
          "the parts of \(kind) must be alike: number 0 has \(text(first)), number \(number) has"
            + " \(text(part))")
      }
    }
  }

  /// The checks before vectors go to any part, so that none is changed when another must refuse.
  func requireAddable(
    _ vectors: borrowing VectorBatch, _ execution: Execution
  ) throws(IndexError) {
    guard let first else { return }
    try vectors.requireDimension(first.dimension, of: "vectors to add")
    if !first.metric.allowsNaN { try vectors.requireFinite(of: "vectors to add") }
    _ = try KernelSet(execution.kernels)
    guard allSatisfy(\.isTrained) else {
      throw IndexError(.notTrained, "the index is not trained; train it on a sample first")
    }
  }

  /// Requires that every part takes ids, before the first of them is changed.
  mutating func requireIdentifiedAddition(_ kind: String) throws(IndexError) {
    let nothing: [Float] = []
    for number in indices {
      let batch = try VectorBatch(nothing.span, dimension: self[number].dimension)
      do throws(IndexError) {
        try addIdentified(batch, ids: [], to: &self[number], execution: Execution(workers: 1))
      } catch {
        throw IndexError(error.code, "part \(number) of \(kind): \(error.message)")
      }
    }
  }

  /// How many parts work at once, and how each of them works.
  func shares(of execution: Execution) -> (atOnce: Int, each: Execution) {
    let workers = execution.workerCount
    let atOnce = Swift.max(1, Swift.min(workers, count))
    var each = execution
    each.workers = Swift.max(1, workers / atOnce)
    return (atOnce, each)
  }

  /// Runs `body` for each part, side by side.
  func mapParts<Part>(
    _ execution: Execution, _ body: (Int, any VectorIndex, Execution) throws(IndexError) -> Part
  ) throws(IndexError) -> [Part] {
    let (atOnce, each) = shares(of: execution)
    return try parallelMap(count, workers: atOnce) { number throws(IndexError) in
      try body(number, self[number], each)
    }
  }

  /// Changes each part, side by side. Either all are changed or none, as long as `body` only fails
  /// by being cancelled or with `keepsCopy`, which costs a copy of what changes.
  mutating func updateParts(
    _ execution: Execution, keepsCopy: Bool = false,
    _ body: (Int, inout any VectorIndex, Execution) throws(IndexError) -> Void
  ) throws(IndexError) {
    let before = keepsCopy || execution.isCancelled != nil ? self : nil
    let (atOnce, each) = shares(of: execution)
    do throws(IndexError) {
      try parallelUpdate(&self, workers: atOnce) { number, part throws(IndexError) in
        try body(number, &part, each)
      }
    } catch {
      if let before { self = before }
      throw error
    }
  }

  /// The knobs that all parts have, as the first has them.
  var commonKnobs: [Knob] {
    guard let first else { return [] }
    let others = dropFirst().map { Set($0.availableKnobs.map(\.name)) }
    return first.availableKnobs.filter { knob in others.allSatisfy { $0.contains(knob.name) } }
  }

  /// Sets a knob of every part, or of none.
  mutating func setKnobs(_ name: String, to value: Double) throws(IndexError) {
    var changed = self
    for number in changed.indices { try setKnob(name, to: value, of: &changed[number]) }
    self = changed
  }
}

/// Adds vectors under given ids to an index that may not take any.
func addIdentified(
  _ vectors: borrowing VectorBatch, ids: [Int64], to index: inout any VectorIndex,
  execution: Execution
) throws(IndexError) {
  let isCapable = try withCapability(&index, as: (any IdentifiedAddition).self) {
    index throws(IndexError) in
    try index.add(vectors, ids: ids.span, execution: execution)
  }
  guard isCapable else {
    throw IndexError(.unsupported, "the index takes no ids; put an id map around it")
  }
}
