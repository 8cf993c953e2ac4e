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

  static func whole(
    _ name: String, _ place: any WritableKeyPath<Options, Int> & Sendable, from least: Int = 1
  ) -> Option {
    Option(
      name: name, read: { Double($0[keyPath: place]) },
      write: { options, value throws(IndexError) in
        options[keyPath: place] = try VicinalC.whole(value, name, least)
      })
  }

  static func seed(
    _ name: String, _ place: any WritableKeyPath<Options, UInt64> & Sendable
  ) -> Option {
    Option(
      name: name, read: { Double($0[keyPath: place]) },
      write: { options, value throws(IndexError) in
        options[keyPath: place] = UInt64(try VicinalC.whole(value, name, 0))
      })
  }

  static func real(
    _ name: String, _ place: any WritableKeyPath<Options, Float> & Sendable
  ) -> Option {
    Option(
      name: name, read: { Double($0[keyPath: place]) },
      write: { options, value throws(IndexError) in
        options[keyPath: place] = try VicinalC.real(value, name)
      })
  }

  static func flag(
    _ name: String, _ place: any WritableKeyPath<Options, Bool> & Sendable
  ) -> Option {
    Option(
      name: name, read: { $0[keyPath: place] ? 1 : 0 },
      write: { options, value throws(IndexError) in options[keyPath: place] = value != 0 })
  }
}

private let opqOptions: [Option<OPQ.Options>] = [
  .whole("niter", \.iterations),
  .whole("niter_pq", \.quantizerIterations),
  .whole("niter_pq_0", \.firstQuantizerIterations),
  .whole("max_train_points", \.maxPoints),
]

private let pcaOptions: [Option<PCA.Options>] = [
  .real("eigen_power", \.eigenPower),
  .real("epsilon", \.epsilon),
  .flag("random_rotation", \.isRotated),
  .whole("balanced_bins", \.balancedBins, from: 0),
  .whole("max_points_per_d", \.maxPointsPerDimension),
]

private let learntOptions: [Option<LearntProjection.Options>] = [
  .whole("epochs", \.epochs),
  .whole("least_steps", \.leastSteps, from: 0),
  .whole("max_steps", \.maxSteps),
  .whole("batch_size", \.batchSize),
  .real("learning_rate", \.learningRate),
  .real("dropout", \.dropout),
  .real("label_smoothing", \.labelSmoothing),
  .flag("orthonormal", \.isOrthonormal),
  .whole("max_train_points", \.maxPoints),
  .seed("seed", \.seed),
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
