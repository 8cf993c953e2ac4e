import Testing
import VicinalCore
import VicinalTestSupport

/// What a case requires of answers.
extension ContractCase {
  var tolerance: Tolerance {
    // Relative to the longest vectors less is allowed, so that another code still shows.
    let isCancelling = subject.fidelity == .decoded(isCancelling: true)
    return Tolerance(isCancelling ? 2e-6 : 1e-5, noise: subject.noise)
  }

  /// Knows the right answers over rows, for queries as they are given to the index.
  ///
  /// - Parameters:
  ///   - trained: The empty index whose training decides about codes; that of ``trained()`` unless
  ///     given.
  ///   - execution: How rows were added.
  func oracle(
    _ rows: Vectors, ids: [Int64]? = nil, trained: (any VectorIndex)? = nil,
    execution: Execution = Execution()
  ) -> Oracle {
    do {
      let values = try values(rows, trained, execution)
      return Oracle(rows, metric: metric, ids: ids) { queries in
        do {
          return try values(queries)
        } catch {
          Issue.record("\(self): no values for \(queries) over \(rows): \(error)")
          let none = Array(repeating: ExactValue(.nan), count: rows.count)
          return Array(repeating: none, count: queries.count)
        }
      }
    } catch {
      Issue.record("\(self): cannot tell what is kept of \(rows): \(error)")
      return Oracle(subject.seen(rows), metric: metric, ids: ids)
    }
  }

  private func values(
    _ rows: Vectors, _ trained: (any VectorIndex)?, _ execution: Execution
  ) throws -> @Sendable (Vectors) throws -> [[ExactValue]] {
    switch subject.fidelity {
    case .lossless: return exactValues(rows)
    case .decoded(let isCancelling):
      return try KeptVectors(trained ?? self.trained(), execution: execution)
        .exactValues(rows, metric, isCancelling: isCancelling)
    case .estimated:
      return try KeptVectors(trained ?? self.trained(), execution: execution)
        .searchedValues(rows)
    }
  }

  /// The metric's values of what the index sees.
  private func exactValues(_ rows: Vectors) -> @Sendable (Vectors) throws -> [[ExactValue]] {
    let seen = subject.seen(rows)
    return { [metric, subject] in metric.exactValues(subject.seen($0), seen) }
  }

  /// What an index gives back for vectors it holds.
  func restored(_ rows: Vectors) throws -> Vectors {
    isLossless
      ? subject.seen(rows)
      : try KeptVectors(trained(), execution: Execution()).restored(rows)
  }

  /// Whether the index can give the vector with an id back; some kinds cannot undo what they do.
  func givesBack(_ index: any VectorIndex, _ id: Int64 = 0) throws -> Bool {
    guard let source = index as? any Reconstructible else { return false }
    return indexError { _ = try source.reconstruct(id) }?.code != .unsupported
  }

  /// The index if it has range search; containers may hold something that has none.
  func ranging(_ index: any VectorIndex) -> (any RangeSearchable)? {
    guard let searchable = index as? any RangeSearchable else { return nil }
    let error = indexError { _ = try searchable.rangeSearch(EdgeLaws.none, radius: 1) }
    return error?.code == .unsupported ? nil : searchable
  }

  /// Requires an answer, as exactly as the subject promises.
  func expect(
    _ found: Neighbors, _ exact: ExactNeighbors, _ context: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let context = "\(self): \(context)"
    if let disorder = disorder(found, metric: metric) {
      Issue.record("\(disorder); \(context) \(exact.description)", sourceLocation: sourceLocation)
    }
    switch subject.exactness {
    case .exact:
      expectSameNeighbors(
        found, exact, tolerance: tolerance, context, sourceLocation: sourceLocation)
    case .recall(let promised):
      // The promise is about picking some of many, on average; where almost all rows are asked for,
      // those in lists that were not visited must be missing.
      let eligible = exact.queries.first?.count ?? 0
      let isMeant = eligible >= 8 * exact.k && exact.queries.count * exact.k >= 20
      expectGoodNeighbors(
        found, exact, recall: isMeant ? promised : 0, tolerance: tolerance, context,
        sourceLocation: sourceLocation)
    }
  }

  /// Requires the answer of a search over `rows`.
  func expect(
    _ found: Neighbors, _ rows: Vectors, ids: [Int64]? = nil, _ queries: Vectors, k: Int,
    filter: IDFilter? = nil, trained: (any VectorIndex)? = nil,
    execution: Execution = Execution(), _ context: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let oracle = oracle(rows, ids: ids, trained: trained, execution: execution)
    let exact = oracle.nearest(queries, k: k, filter: filter)
    expect(found, exact, context, sourceLocation: sourceLocation)
  }

  /// Searches an index that holds `rows` and requires the answer.
  func expectSearch(
    _ index: any VectorIndex, _ rows: Vectors, ids: [Int64]? = nil, queries: Vectors? = nil,
    k: Int = 10, filter: IDFilter? = nil, _ context: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let queries = queries ?? Self.rows(20, seed: 3)
    let found = try index.search(queries, k: k, options: SearchOptions(filter: filter))
    expect(
      found, rows, ids: ids, queries, k: k, filter: filter, context,
      sourceLocation: sourceLocation)
  }
}
