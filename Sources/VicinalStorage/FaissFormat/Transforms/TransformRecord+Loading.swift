import VicinalCoding
import VicinalCore

extension TransformRecord {
  /// Loads the transform.
  func transform(
    from source: inout ByteSource
  ) throws(IndexError) -> any VectorTransform {
    do throws(IndexError) {
      return try load(from: &source)
    } catch  where error.code == .invalidArgument {
      throw IndexError(
        .corruptFile, "\(source.name), byte \(range.lowerBound), record \(code): \(error.message)")
    }
  }

  private func load(from source: inout ByteSource) throws(IndexError) -> any VectorTransform {
    switch body {
    case .linear(let fields):
      let linear = try fields.transform(self, from: &source)
      return code == "rrot" ? RandomRotation(linear: linear) : linear
    case .pca(let fields):
      return try PCA(
        options: fields.options, mean: source.floats(fields.mean),
        eigenvalues: source.floats(fields.eigenvalues),
        components: source.floats(fields.components),
        linear: fields.linear.transform(self, from: &source))
    case .rotationForSigns(let iterations, let seed, let fields):
      return try ITQMatrix(
        linear: fields.transform(self, from: &source), iterations: iterations, seed: seed)
    case .remap(let map):
      var remap = try RemapDimensions(
        inputDimension: inputDimension, map: source.integers(map, as: Int32.self))
      remap.isMarkedTrained = isTrained
      return remap
    case .normalization:
      var normalization = L2Normalization(dimension: inputDimension)
      normalization.isMarkedTrained = isTrained
      return normalization
    case .centring(let mean):
      return try Centering(
        dimension: inputDimension, mean: source.floats(mean), isTrained: isTrained)
    case .itq(let mean, let hasPCA, let parts):
      guard let rotation = try parts[0].load(from: &source) as? ITQMatrix,
        let combined = try parts[1].load(from: &source) as? LinearTransform
      else { throw IndexError(.corruptFile, "the parts of an ITQ transform are of other kinds") }
      return try ITQTransform(
        inputDimension: inputDimension, outputDimension: outputDimension,
        mean: source.floats(mean), hasPCA: hasPCA, rotation: rotation, combined: combined,
        isTrained: isTrained)
    case .hadamard(let seed):
      var rotation = try HadamardRotation(inputDimension: inputDimension, seed: seed)
      rotation.isMarkedTrained = isTrained
      return rotation
    }
  }
}
