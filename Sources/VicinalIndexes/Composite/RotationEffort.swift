import VicinalCoding
package import VicinalCore

extension VectorIndex {
  /// Lets the rotations in front of an index (OPQ) learn from fewer vectors in fewer rounds: in a
  /// trial what they find last matters little, and takes most of the time.
  ///
  /// - Parameters:
  ///   - points: Vectors at most.
  ///   - rounds: Rounds at most.
  /// - Throws: As ``OPQ``.
  package mutating func limitRotations(points: Int, rounds: Int) throws(IndexError) {
    guard let whole = self as? TransformedIndex else { return }
    var transforms: [any VectorTransform] = []
    for transform in whole.chain.transforms {
      guard let rotation = transform as? OPQ, !rotation.isTrained else {
        transforms.append(transform)
        continue
      }
      var options = rotation.options
      options.maxPoints = min(options.maxPoints, points)
      options.iterations = min(options.iterations, rounds)
      options.firstQuantizerIterations = min(options.firstQuantizerIterations, rounds)
      transforms.append(
        try OPQ(
          inputDimension: rotation.inputDimension, subspaces: rotation.subspaces,
          outputDimension: rotation.outputDimension, options: options))
    }
    if let same = try TransformedIndex(transforms, whole.inner) as? Self { self = same }
  }
}
