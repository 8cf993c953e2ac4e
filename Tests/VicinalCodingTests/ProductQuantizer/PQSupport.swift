import VicinalCoding
import VicinalCompute
import VicinalCore
import VicinalTestSupport

extension ProductQuantizer {
  /// Trains on owned vectors, from given centroids if there are any.
  mutating func train(
    _ sample: Vectors, from initial: [Float] = [], iterations: Int? = nil,
    _ execution: Execution = Execution()
  ) throws(IndexError) {
    try train(
      on: sample.batch(), initialCentroids: initial, iterations: iterations, execution: execution)
  }

  /// Codes of owned vectors.
  func codes(
    _ vectors: Vectors, _ execution: Execution = Execution()
  ) throws(IndexError) -> [UInt8] {
    try encode(vectors.batch(), execution: execution)
  }

  /// What codes decode to.
  func vectors(_ codes: [UInt8]) throws(IndexError) -> Vectors {
    Vectors(try decode(codes.span.rawBytes), dimension: dimension, description: "decoded codes")
  }

  /// Tables for owned centroids.
  mutating func prepareTables(
    _ centroids: Vectors, limit: Int = residualTableLimit
  ) throws(IndexError) {
    try prepareResidualTables(for: centroids.batch(), limit: limit, execution: Execution())
  }
}

extension CodeScanner {
  /// Prepares for an owned query.
  func begin(_ query: ArraySlice<Float>) {
    let query = Array(query)
    begin(query: query.span)
  }

  /// Values of consecutive codes.
  func scan(_ codes: [UInt8], count: Int) -> [Float] {
    var values = [Float](repeating: .nan, count: count)
    var span = values.mutableSpan
    scan(codes.span.rawBytes, count: count, into: &span)
    return values
  }
}
