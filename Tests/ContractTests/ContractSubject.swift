import Testing
import VicinalCore
import VicinalTestSupport

/// A kind of index, and what the contract may demand of it. Capabilities are found with `as?`.
struct ContractSubject: Sendable {
  /// How many of the best vectors answers contain.
  enum Exactness: Sendable, Equatable {
    case exact
    /// Share of the true neighbours that a search must find, on average.
    case recall(atLeast: Double)
  }

  /// What is left of vectors, and so what "best" means.
  enum Fidelity: Sendable, Equatable {
    /// Values are those of the vectors that `seen` gives.
    case lossless
    /// Values are those between queries and what codes stand for. Where searches add terms that
    /// cancel each other, rounding errors are relative to squared lengths.
    case decoded(isCancelling: Bool)
    /// Values are estimates, the same ones wherever a code is kept; the best by them hold such a
    /// share of the true neighbours.
    case estimated(recall: Double)
  }

  /// The optional settings of a search.
  enum Knob: CaseIterable, Sendable {
    case probes, efSearch, coarseEfSearch, maxCodes, refineFactor, hammingThreshold, queryBits
  }

  let name: String
  let metrics: [Metric]
  let exactness: Exactness
  let fidelity: Fidelity
  /// The knobs that this kind has; it must refuse the others.
  let knobs: Set<Knob>
  /// What a lossless index compares instead of the vectors it is given, for example normalised
  /// ones.
  let seen: @Sendable (Vectors) -> Vectors
  /// Absolute error that `seen` may bring into values.
  let noise: Double
  /// Whether what codes stand for lies near the vectors that were encoded.
  let isSimilar: Bool
  /// Whether one file can hold it; otherwise writing must say that it cannot.
  let isStored: Bool
  /// Search parameters that faiss's files have no place for.
  let unstoredSettings: String
  /// An empty index for a dimension and a metric.
  let make: @Sendable (Int, Metric) throws -> any VectorIndex

  init(
    _ name: String, metrics: [Metric] = [.l2, .innerProduct], exactness: Exactness = .exact,
    fidelity: Fidelity = .lossless, knobs: Set<Knob> = [],
    seen: @escaping @Sendable (Vectors) -> Vectors = { $0 },
    noise: Double = 0, isSimilar: Bool = true, isStored: Bool = true, unstoredSettings: String = "",
    make: @escaping @Sendable (Int, Metric) throws -> any VectorIndex
  ) {
    self.name = name
    self.metrics = metrics
    self.exactness = exactness
    self.fidelity = fidelity
    self.knobs = knobs
    self.seen = seen
    self.noise = noise
    self.isSimilar = isSimilar
    self.isStored = isStored
    self.unstoredSettings = unstoredSettings
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
  var isLossless: Bool { subject.fidelity == .lossless }

  /// Whether range searches may leave vectors out: graphs, and indexes that look closer only at
  /// what their base finds within the radius.
  var mayMissInRange: Bool { !isExact || subject.knobs.contains(.refineFactor) }

  static let all: [ContractCase] = contractSubjects.flatMap { subject in
    subject.metrics.map { ContractCase(subject: subject, metric: $0) }
  }

  static let dimension = 16

  /// Vectors for training, adding and querying; of one kind for one shape.
  static func rows(_ count: Int, seed: UInt64, _ shape: DataShape = .clustered) -> Vectors {
    madeOnce.value(for: RowsKey(count: count, seed: seed, shape: shape)) {
      shape.make(count, dimension: dimension, seed: seed)
    }
  }

  private struct RowsKey: Hashable {
    let count: Int
    let seed: UInt64
    let shape: DataShape
  }

  private static let madeOnce = Memo<RowsKey, Vectors>()

  /// An index that is ready to take vectors; training is done once, unless there is something
  /// special about its execution.
  func trained(execution: Execution? = nil) throws -> any VectorIndex {
    try execution.map(train) ?? Self.trainedOnce.value(for: description) { try train(Execution()) }
  }

  private func train(_ execution: Execution) throws -> any VectorIndex {
    var index = try subject.make(Self.dimension, metric)
    if !index.isTrained { try index.train(on: Self.rows(800, seed: 1), execution: execution) }
    return index
  }

  private static let trainedOnce = Memo<String, any VectorIndex>()

  /// An index that holds rows.
  func filled(
    _ rows: Vectors, execution: Execution? = nil
  ) throws -> any VectorIndex {
    var index = try trained(execution: execution)
    try index.add(rows, execution: execution ?? Execution())
    return index
  }

  /// Whether vectors keep ids of their own; otherwise they are numbered by position, so that
  /// removing renumbers.
  func takesIDs() throws -> Bool {
    var index = try trained()
    return try add(Self.rows(1, seed: 2), ids: [5], to: &index) != nil
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
