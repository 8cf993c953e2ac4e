import VicinalCore
import VicinalIndexes
import VicinalTestSupport

/// What an index keeps of vectors: found out with a trained, empty index of its kind, taken out of
/// the containers whose laws are checked.
///
/// Codes depend on the training alone, so every index that came from the same training must answer
/// by the codes that this one makes, whatever was done to it since.
struct KeptVectors: Sendable {
  /// What vectors and queries go through before they are compared.
  private var chains: [TransformChain] = []

  /// Numbers its vectors from 0 and compares a query with all of them.
  private var index: any VectorIndex

  private let execution: Execution

  /// - Parameters:
  ///   - trained: An index without vectors.
  ///   - execution: How vectors are encoded.
  init(_ trained: any VectorIndex, execution: Execution) throws {
    index = trained
    self.execution = execution
    try unwrap()
  }

  /// Takes away containers that keep no vectors themselves, or not all in the reach of a search.
  private mutating func unwrap() throws {
    while true {
      switch index {
      case let outer as IDMapIndex: index = outer.inner
      case let outer as ShardedIndex: index = outer.shards[0]
      case let outer as ReplicatedIndex: index = outer.replicas[0]
      case let outer as RefinedIndex: index = outer.refiner
      case let outer as TransformedIndex:
        chains.append(outer.chain)
        index = outer.inner
      case let graph as HNSWIndex:
        if let codec = graph.codec { index = CodedIndex(codec: codec, metric: graph.metric) }
        return
      case var lists as IVFIndex:
        lists.probes = lists.listCount
        index = lists
        return
      default: return
      }
    }
  }

  /// Vectors as they are compared.
  func transformed(_ vectors: Vectors) throws -> Vectors {
    try chains.reduce(vectors) { vectors, chain in
      Vectors(
        try chain.apply(vectors.batch(), execution: execution), dimension: chain.outputDimension,
        description: vectors.description)
    }
  }

  /// What the codes of vectors stand for, before transforms are undone.
  func decoded(_ vectors: Vectors) throws -> Vectors {
    let inner = try transformed(vectors)
    var filled = index
    try filled.add(inner, execution: execution)
    if var lists = filled as? IVFIndex {
      try lists.setDirectMap(.hashTable)
      filled = lists
    }
    guard let source = filled as? any Reconstructible else {
      throw IndexError(.unsupported, "\(type(of: filled)) cannot give vectors back")
    }
    var values: [Float] = []
    for row in 0..<inner.count { values += try source.reconstruct(Int64(row)) }
    return Vectors(values, dimension: inner.dimension, description: "decoded \(vectors)")
  }

  /// What the codes of vectors stand for, in the space of the vectors.
  func restored(_ vectors: Vectors) throws -> Vectors {
    let decoded = try decoded(vectors)
    guard !chains.isEmpty else { return decoded }
    var values: [Float] = []
    for row in 0..<decoded.count {
      values += try chains.reversed().reduce(Array(decoded[row])) { try $1.reverse($0) }
    }
    return Vectors(values, dimension: vectors.dimension, description: decoded.description)
  }

  /// Compares queries, double precision, with what the codes of rows stand for.
  ///
  /// - Parameter isCancelling: Whether searches add terms that cancel each other, so that rounding
  ///   errors are relative to squared lengths.
  func exactValues(
    _ rows: Vectors, _ metric: Metric, isCancelling: Bool
  ) throws -> @Sendable (Vectors) throws -> [[ExactValue]] {
    let kept = try decoded(rows)
    return { metric.exactValues(try transformed($0), kept, isCancelling: isCancelling) }
  }

  /// The values that an exhaustive search over the codes of rows gives.
  func searchedValues(_ rows: Vectors) throws -> @Sendable (Vectors) throws -> [[ExactValue]] {
    var index = index
    try index.add(try transformed(rows), execution: execution)
    return { [index] queries in
      let count = max(1, index.count)
      let found = try index.search(
        try transformed(queries), k: count, options: SearchOptions(execution: execution))
      return (0..<queries.count).map { query in
        var values = Array(repeating: ExactValue(.nan), count: index.count)
        let row = found.row(query)
        let size = row.reduce(0.0) { max($0, abs(Double($1.distance))) }
        for (id, value) in row { values[Int(id)] = ExactValue(Double(value), magnitude: size) }
        return values
      }
    }
  }
}
