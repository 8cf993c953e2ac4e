package import VicinalCore

/// How vectors are compared.
package enum ServiceMetric: String, Sendable, CaseIterable {
  case l2, ip, cosine

  /// What the indexes compute: cosine is the inner product of vectors of length 1.
  package var indexMetric: Metric { self == .l2 ? .l2 : .innerProduct }

  /// The score where there is no neighbour, as faiss pads.
  var worst: Float { (self == .l2 ? 1 : -1) * Float.greatestFiniteMagnitude }

  /// Vectors as indexes hold them: for cosine of length 1, but for zeros, whose score is 0.
  func prepared(_ vectors: [Float], dimension: Int) -> [Float] {
    guard self == .cosine else { return vectors }
    var vectors = vectors
    for first in stride(from: 0, to: vectors.count, by: dimension) {
      let row = first..<first + dimension
      // The squares of floats may be too large or small for a float, never for a double.
      let sum = row.reduce(Double(0)) { $0 + Double(vectors[$1]) * Double(vectors[$1]) }
      guard sum > 0 else { continue }
      let length = sum.squareRoot()
      for place in row { vectors[place] = Float(Double(vectors[place]) / length) }
    }
    return vectors
  }
}
