package import VicinalCore

/// Owned row-major vectors with a name that says where they come from, for failure messages.
package struct Vectors: Sendable, Hashable, CustomStringConvertible {
  package var values: [Float]
  package let dimension: Int

  /// Shape, size and seed of generated data; printed when a test fails.
  package var description: String

  package init(_ values: [Float], dimension: Int, description: String = "given vectors") {
    precondition(dimension > 0 && values.count.isMultiple(of: dimension))
    self.values = values
    self.dimension = dimension
    self.description = description
  }

  package var count: Int { values.count / dimension }

  package subscript(row: Int) -> ArraySlice<Float> {
    get { values[row * dimension..<(row + 1) * dimension] }
    set { values.replaceSubrange(row * dimension..<(row + 1) * dimension, with: newValue) }
  }

  /// Rows `range` as vectors of their own.
  package func rows(_ range: Range<Int>) -> Vectors {
    Vectors(
      Array(values[range.lowerBound * dimension..<range.upperBound * dimension]),
      dimension: dimension, description: "rows \(range) of \(description)")
  }

  /// The rows named by `indices`, in that order.
  package func rows(at indices: some Sequence<Int>) -> Vectors {
    Vectors(
      indices.flatMap { self[$0] }, dimension: dimension, description: "some of \(description)")
  }

  /// These rows followed by those of `other`.
  package static func + (a: Vectors, b: Vectors) -> Vectors {
    precondition(a.dimension == b.dimension)
    return Vectors(
      a.values + b.values, dimension: a.dimension,
      description: "\(a.description) + \(b.description)")
  }

  /// The rows as the library takes them.
  @_lifetime(borrow self)
  package func batch() throws(IndexError) -> VectorBatch {
    try VectorBatch(values.span, dimension: dimension)
  }

  /// Every row scaled to length 1; zero stays zero.
  package var normalized: Vectors {
    var result = self
    for row in 0..<count {
      let norm = self[row].reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      guard norm > 0 else { continue }
      result[row] = self[row].map { Float(Double($0) / norm) }[...]
    }
    return result
  }
}
