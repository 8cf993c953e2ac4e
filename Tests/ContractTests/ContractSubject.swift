import Testing
import VicinalCore
import VicinalTestSupport

/// A kind of index, and what the contract may demand of it. Capabilities are found with `as?`.
struct ContractSubject: Sendable {
  /// How good answers are.
  enum Exactness: Sendable, Equatable {
    case exact
    /// Share of the true neighbours that a search must find, on average.
    case recall(atLeast: Double)
  }

  /// The optional settings of a search.
  enum Knob: CaseIterable, Sendable { case probes, efSearch, coarseEfSearch }

  let name: String
  let metrics: [Metric]
  let exactness: Exactness
  /// The knobs that this kind has; it must refuse the others.
  let knobs: Set<Knob>
  /// What the index compares instead of the vectors it is given, for example normalised ones.
  let seen: @Sendable (Vectors) -> Vectors
  /// Absolute error that `seen` may bring into values.
  let noise: Double
  /// Whether one file can hold it; otherwise writing must say that it cannot.
  let isStored: Bool
  /// An empty index for a dimension and a metric.
  let make: @Sendable (Int, Metric) throws -> any VectorIndex

  init(
    _ name: String, metrics: [Metric] = [.l2, .innerProduct], exactness: Exactness = .exact,
    knobs: Set<Knob> = [], seen: @escaping @Sendable (Vectors) -> Vectors = { $0 },
    noise: Double = 0, isStored: Bool = true,
    make: @escaping @Sendable (Int, Metric) throws -> any VectorIndex
  ) {
    self.name = name
    self.metrics = metrics
    self.exactness = exactness
    self.knobs = knobs
    self.seen = seen
    self.noise = noise
    self.isStored = isStored
    self.make = make
  }
}

/// One kind of index under one metric: what every law is checked on.
struct ContractCase: Sendable, CustomStringConvertible, CustomTestStringConvertible {
  let subject: ContractSubject
  let metric: Metric

  var description: String { "\(subject.name), \(metric)" }
  var testDescription: String { description }
  var isExact: Bool { subject.exactness == .exact }

  static let all: [ContractCase] = contractSubjects.flatMap { subject in
    subject.metrics.map { ContractCase(subject: subject, metric: $0) }
  }

  static let dimension = 16

  /// Vectors for training, adding and querying; of one kind for one shape.
  static func rows(_ count: Int, seed: UInt64, _ shape: DataShape = .clustered) -> Vectors {
    shape.make(count, dimension: dimension, seed: seed)
  }

  /// An index that is ready to take vectors.
  func trained(execution: Execution = Execution()) throws -> any VectorIndex {
    var index = try subject.make(Self.dimension, metric)
    if !index.isTrained { try index.train(on: Self.rows(800, seed: 1), execution: execution) }
    return index
  }

  /// An index that holds rows.
  func filled(
    _ rows: Vectors, execution: Execution = Execution()
  ) throws -> any VectorIndex {
    var index = try trained(execution: execution)
    try index.add(rows, execution: execution)
    return index
  }

  /// Whether vectors keep ids of their own; otherwise they are numbered by position, so that
  /// removing renumbers.
  func takesIDs() throws -> Bool {
    var index = try trained()
    return try add(Self.rows(1, seed: 2), ids: [5], to: &index) != nil
  }

  var tolerance: Tolerance { Tolerance(1e-5, noise: subject.noise) }

  func oracle(_ rows: Vectors, ids: [Int64]? = nil) -> Oracle {
    Oracle(subject.seen(rows), metric: metric, ids: ids)
  }

  /// Requires the answer of a search over `rows`, as exactly as the subject promises.
  func expect(
    _ found: Neighbors, _ rows: Vectors, ids: [Int64]? = nil, _ queries: Vectors, k: Int,
    filter: IDFilter? = nil, _ context: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let exact = oracle(rows, ids: ids).nearest(subject.seen(queries), k: k, filter: filter)
    let context = "\(self): \(context)"
    if let disorder = disorder(found, metric: metric) {
      Issue.record("\(disorder); \(context) \(exact.description)", sourceLocation: sourceLocation)
    }
    switch subject.exactness {
    case .exact:
      expectSameNeighbors(
        found, exact, tolerance: tolerance, context, sourceLocation: sourceLocation)
    case .recall(let promised):
      // The promise is about picking some of many; where almost all rows are asked for, those in
      // lists that were not visited must be missing.
      let eligible = exact.queries.first?.count ?? 0
      expectGoodNeighbors(
        found, exact, recall: eligible >= 8 * k ? promised : 0, tolerance: tolerance, context,
        sourceLocation: sourceLocation)
    }
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

/// The error that `body` ends with.
func indexError(_ body: () throws -> Void) -> IndexError? {
  do {
    try body()
    return nil
  } catch {
    return error as? IndexError ?? IndexError(.init(rawValue: -1), "another error: \(error)")
  }
}
