import VicinalCore
import VicinalIndexes
import VicinalTuning

extension IndexMaker {
  /// Queries that an extended index is tuned and measured with: enough to see a recall that fell by
  /// ``MergePolicy/recallSlack``.
  private static let queryCount = 300
  /// Neighbours that recall looks at, as where an index is built.
  private static let neighbors = 10

  /// Makes the main index of a merge from the one that there is: rows that were changed or deleted
  /// since are removed, and what else the store holds is added. Nothing is trained.
  ///
  /// The index that there is stays as it is; the two share what is the same in both.
  ///
  /// - Parameters:
  ///   - source: All vectors, read from `store`.
  ///   - store: Where those are, or newer ones.
  /// - Throws: ``IndexError/Code/unsupported`` if this kind of index cannot be changed so,
  ///   ``IndexError/Code/memoryBound``, ``IndexError/Code/cancelled``.
  func extend(
    _ main: MainIndex, to source: StoreCopy, _ store: VectorStore
  ) throws(IndexError) -> MainIndex {
    var main = main
    // The store is asked after the copy was made: what is unchanged now was unchanged then.
    let sequence = main.sequence
    do {
      try main.keepLive { try store.forEachID(after: -1, through: sequence, $0) }
    } catch let error as IndexError {
      throw error
    } catch {
      throw IndexError(.corruptFile, "the store cannot be read: \(error)")
    }
    let (kept, added) = try numbers(of: main, in: source)
    let whole = source.only(kept + added)

    execution.progress?(WorkProgress(step: "remove", done: 0, total: 0))
    var index = try withoutDeadRows(main)
    try IndexMaintenance.append(
      source.only(added), to: &index, workMemory: MemorySize(bytes: Self.workMemory),
      execution: execution)
    var facts = main.facts
    if try IndexBuilder.enforce(MemorySize(bytes: policy.indexMemory), on: &index) != nil {
      facts.isAccelerated = false
    }
    let queries = try HeldOutQueries.sampled(
      from: whole, index: index, count: min(Self.queryCount, whole.count),
      k: max(1, min(Self.neighbors, whole.count - 1)), execution: execution)
    var budget = Budget()
    budget.targetRecall = policy.targetRecall
    let tuning = try ParameterTuner(budget: budget).tune(index, on: queries, execution: execution)
    facts.parameters = tuning.chosen.parameters
    try IndexMaintenance.set(parameters: facts.parameters, on: &index)
    facts.recall = try queries.recall(
      of: index, k: queries.k, options: SearchOptions(execution: execution))
    return try self.main(index, of: whole, facts)
  }

  /// The numbers of the live rows in the source, in their order, and those of all other vectors.
  private func numbers(
    of main: MainIndex, in source: StoreCopy
  ) throws(IndexError) -> (kept: [Int], added: [Int]) {
    let numbers = try RowIDs(source.ids)
    var rest = LiveRows(source.count, areLive: true)
    var kept: [Int] = []
    for row in 0..<main.ids.count where main.live[row] {
      guard let number = numbers.row(of: main.ids[row]) else {
        throw IndexError(.cancelled, "vectors were forgotten while they were copied")
      }
      rest.set(number, false)
      kept.append(number)
    }
    return (kept, (0..<source.count).filter { rest[$0] })
  }

  private func withoutDeadRows(_ main: MainIndex) throws(IndexError) -> any VectorIndex {
    guard main.deadCount > 0 else { return main.index }
    // The map is of row numbers; it makes the index number the others anew.
    var rows = try IDMapIndex(
      stored: main.index, ids: Array(0..<Int64(main.ids.count)), isReversible: false)
    try rows.remove(.not(main.live.filter))
    return rows.inner
  }
}
