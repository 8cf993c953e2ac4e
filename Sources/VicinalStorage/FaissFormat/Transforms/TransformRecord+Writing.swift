import VicinalCoding
import VicinalCore

extension TransformRecord {
  /// Writes a transform as faiss would.
  static func write(
    _ transform: any VectorTransform, to sink: inout ByteSink
  ) throws(IndexError) {
    var isTrained = transform.isTrained
    switch transform {
    case let linear as LinearTransform:
      try sink.code("LTra")
      try write(linear, to: &sink)
    case let opq as OPQ:
      try sink.code("LTra")
      try write(opq.linear, to: &sink)
    case let learnt as LearntProjection:
      try sink.code("LTra")
      try write(learnt.linear, to: &sink)
    case let rotation as RandomRotation:
      try sink.code("rrot")
      try write(rotation.linear, to: &sink)
    case let pca as PCA: try write(pca, to: &sink)
    case let rotation as ITQMatrix:
      try sink.code("Viqm")
      try sink.integer(Int32(clamping: rotation.iterations))
      try sink.integer(rotation.seed)
      try write(rotation.linear, to: &sink)
    case let remap as RemapDimensions:
      isTrained = remap.isMarkedTrained
      try sink.code("RmDT")
      try sink.array(remap.map)
    case let normalization as L2Normalization:
      isTrained = normalization.isMarkedTrained
      try sink.code("VNrm")
      try sink.float(norm)
    case let centering as Centering:
      try sink.code("VCnt")
      try sink.array(centering.mean)
    case let itq as ITQTransform:
      try sink.code("Viqt")
      try sink.array(itq.mean)
      try sink.bool(itq.hasPCA)
      try write(itq.rotation, to: &sink)
      try write(itq.combined as any VectorTransform, to: &sink)
    case let rotation as HadamardRotation:
      isTrained = rotation.isMarkedTrained
      try sink.code("HRot")
      try sink.integer(rotation.seed)
    default:
      throw IndexError(
        .unsupported, "\(type(of: transform)) is a transform that cannot be stored")
    }
    try sink.integer(Int32(transform.inputDimension))
    try sink.integer(Int32(transform.outputDimension))
    try sink.bool(isTrained)
  }

  private static func write(
    _ linear: LinearTransform, to sink: inout ByteSink
  ) throws(IndexError) {
    try sink.bool(linear.hasBias)
    try sink.array(linear.matrix)
    try sink.array(linear.bias)
  }

  private static func write(_ pca: PCA, to sink: inout ByteSink) throws(IndexError) {
    try sink.code("Pcam")
    try sink.float(pca.options.eigenPower)
    try sink.float(pca.options.epsilon)
    try sink.bool(pca.options.isRotated)
    try sink.integer(Int32(clamping: pca.options.balancedBins))
    try sink.array(pca.mean)
    try sink.array(pca.eigenvalues)
    try sink.array(pca.components)
    try write(pca.linear, to: &sink)
  }
}
