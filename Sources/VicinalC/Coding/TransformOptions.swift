public import CVicinal
import Vicinal

// What the training of transforms can be told, of vicinal_coding.h.

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_get_option(
  _ transform: vicinal_handle, _ name: UnsafePointer<CChar>?, _ value: UnsafeMutablePointer<Double>?
) -> vicinal_status {
  call { () throws(IndexError) in
    let name = unsafe try text(name, "name")
    let value = unsafe try required(value, "value")
    unsafe value.pointee = try VicinalC.transform(transform).read { transform throws(IndexError) in
      switch copy transform {
      case let opq as OPQ: return try option(name, opqOptions, of: opq).read(opq.options)
      case let pca as PCA: return try option(name, pcaOptions, of: pca).read(pca.options)
      case let learnt as LearntProjection:
        return try option(name, learntOptions, of: learnt).read(learnt.options)
      default: throw IndexError(.unsupported, "\(type(of: transform)) has no options of training")
      }
    }
  }
}

/// Documented in vicinal_coding.h.
@c @implementation public func vicinal_transform_set_option(
  _ transform: vicinal_handle, _ name: UnsafePointer<CChar>?, _ value: Double
) -> vicinal_status {
  call { () throws(IndexError) in
    let name = unsafe try text(name, "name")
    try VicinalC.transform(transform).write { transform throws(IndexError) in
      guard !transform.isTrained else {
        throw IndexError(
          .invalidArgument, "\(name) must be set before the transform is trained, which it is")
      }
      switch transform {
      case let opq as OPQ:
        var options = opq.options
        try option(name, opqOptions, of: opq).write(&options, value)
        transform = try OPQ(
          inputDimension: opq.inputDimension, subspaces: opq.subspaces,
          outputDimension: opq.outputDimension, options: options)
      case let pca as PCA:
        var options = pca.options
        try option(name, pcaOptions, of: pca).write(&options, value)
        transform = try PCA(
          inputDimension: pca.inputDimension, outputDimension: pca.outputDimension,
          options: options)
      case let learnt as LearntProjection:
        var options = learnt.options
        try option(name, learntOptions, of: learnt).write(&options, value)
        transform = try LearntProjection(
          inputDimension: learnt.inputDimension, outputDimension: learnt.outputDimension,
          task: learnt.task, options: options)
      default: throw IndexError(.unsupported, "\(type(of: transform)) has no options of training")
      }
    }
  }
}

/// An option by faiss's name.
private struct Option<Options>: Sendable {
  let name: String
  let read: @Sendable (Options) -> Double
  let write: @Sendable (inout Options, Double) throws(IndexError) -> Void
}

private let opqOptions: [Option<OPQ.Options>] = [
  Option(
    name: "niter", read: { Double($0.iterations) },
    write: { o, value throws(IndexError) in o.iterations = try whole(value, "niter") }),
  Option(
    name: "niter_pq", read: { Double($0.quantizerIterations) },
    write: { o, value throws(IndexError) in o.quantizerIterations = try whole(value, "niter_pq") }),
  Option(
    name: "niter_pq_0", read: { Double($0.firstQuantizerIterations) },
    write: { o, value throws(IndexError) in
      o.firstQuantizerIterations = try whole(value, "niter_pq_0")
    }),
  Option(
    name: "max_train_points", read: { Double($0.maxPoints) },
    write: { o, value throws(IndexError) in o.maxPoints = try whole(value, "max_train_points") }),
]

private let pcaOptions: [Option<PCA.Options>] = [
  Option(
    name: "eigen_power", read: { Double($0.eigenPower) },
    write: { o, value throws(IndexError) in o.eigenPower = try real(value, "eigen_power") }),
  Option(
    name: "epsilon", read: { Double($0.epsilon) },
    write: { o, value throws(IndexError) in o.epsilon = try real(value, "epsilon") }),
  Option(
    name: "random_rotation", read: { $0.isRotated ? 1 : 0 },
    write: { o, value throws(IndexError) in o.isRotated = value != 0 }),
  Option(
    name: "balanced_bins", read: { Double($0.balancedBins) },
    write: { o, value throws(IndexError) in o.balancedBins = try whole(value, "balanced_bins", 0) }
  ),
  Option(
    name: "max_points_per_d", read: { Double($0.maxPointsPerDimension) },
    write: { o, value throws(IndexError) in
      o.maxPointsPerDimension = try whole(value, "max_points_per_d")
    }),
]

private let learntOptions: [Option<LearntProjection.Options>] = [
  Option(
    name: "epochs", read: { Double($0.epochs) },
    write: { o, value throws(IndexError) in o.epochs = try whole(value, "epochs") }),
  Option(
    name: "max_steps", read: { Double($0.maxSteps) },
    write: { o, value throws(IndexError) in o.maxSteps = try whole(value, "max_steps") }),
  Option(
    name: "batch_size", read: { Double($0.batchSize) },
    write: { o, value throws(IndexError) in o.batchSize = try whole(value, "batch_size") }),
  Option(
    name: "learning_rate", read: { Double($0.learningRate) },
    write: { o, value throws(IndexError) in o.learningRate = try real(value, "learning_rate") }),
  Option(
    name: "dropout", read: { Double($0.dropout) },
    write: { o, value throws(IndexError) in o.dropout = try real(value, "dropout") }),
  Option(
    name: "label_smoothing", read: { Double($0.labelSmoothing) },
    write: { o, value throws(IndexError) in o.labelSmoothing = try real(value, "label_smoothing") }),
  Option(
    name: "orthonormal", read: { $0.isOrthonormal ? 1 : 0 },
    write: { o, value throws(IndexError) in o.isOrthonormal = value != 0 }),
  Option(
    name: "max_train_points", read: { Double($0.maxPoints) },
    write: { o, value throws(IndexError) in o.maxPoints = try whole(value, "max_train_points") }),
  Option(
    name: "seed", read: { Double($0.seed) },
    write: { o, value throws(IndexError) in o.seed = UInt64(try whole(value, "seed", 0)) }),
]

private func option<Options>(
  _ name: String, _ options: [Option<Options>], of transform: any VectorTransform
) throws(IndexError) -> Option<Options> {
  guard let found = options.first(where: { $0.name == name }) else {
    throw IndexError(
      .invalidArgument,
      "\(type(of: transform)) has no option '\(name)'; there are"
        + " \(options.map(\.name).joined(separator: ", "))")
  }
  return found
}

private func whole(_ value: Double, _ name: String, _ least: Int = 1) throws(IndexError) -> Int {
  guard let whole = Int(exactly: value), whole >= least else {
    throw IndexError(.invalidArgument, "\(name) must be a whole number from \(least), got \(value)")
  }
  return whole
}

private func real(_ value: Double, _ name: String) throws(IndexError) -> Float {
  guard Float(value).isFinite else {
    throw IndexError(.invalidArgument, "\(name) must be a number, got \(value)")
  }
  return Float(value)
}
