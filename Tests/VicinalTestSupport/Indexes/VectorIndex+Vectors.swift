package import VicinalCore

/// The calls of an index with owned vectors, so that they fit into one expression.
extension VectorIndex {
  package mutating func train(
    on sample: Vectors, execution: Execution = Execution()
  ) throws(IndexError) {
    try train(on: sample.batch(), execution: execution)
  }

  package mutating func add(
    _ vectors: Vectors, execution: Execution = Execution()
  ) throws(IndexError) {
    try add(vectors.batch(), execution: execution)
  }

  package func search(
    _ queries: Vectors, k: Int, options: SearchOptions = SearchOptions()
  ) throws(IndexError) -> Neighbors {
    try search(queries.batch(), k: k, options: options)
  }
}

extension IdentifiedAddition {
  package mutating func add(
    _ vectors: Vectors, ids: [Int64], execution: Execution = Execution()
  ) throws(IndexError) {
    try add(vectors.batch(), ids: ids.span, execution: execution)
  }
}

extension RangeSearchable {
  package func rangeSearch(
    _ queries: Vectors, radius: Float, options: SearchOptions = SearchOptions()
  ) throws(IndexError) -> RangeNeighbors {
    try rangeSearch(queries.batch(), radius: radius, options: options)
  }
}
