import VicinalCompute
public import VicinalCore

/// A projection to fewer dimensions, found by training a small network whose narrowest layer it is.
///
/// Measured on texts, the directions of a PCA to as many dimensions keep neighbours nearly as well and are
/// found in a hundredth of the time; see `docs/fastivf.md` before choosing one of these. Vectors are moved to the
/// mean 0 and scaled for training, and only for that.
///
/// ```swift
/// var encoder = try LearntProjection(inputDimension: 384, outputDimension: 64, task: .reconstruction())
/// try encoder.train(on: sample, execution: Execution())
/// ```
///
/// Factory strings: `AE64` for reconstruction, `CC64x1024` for 1,024 cells. faiss has no such thing; in
/// files it is a plain ``LinearTransform``, which faiss reads.
public struct LearntProjection: LinearBacked {
  /// What the network learns to say about a vector from its projection.
  public enum Task: Sendable, Hashable {
    /// The vector itself: an autoencoder with a linear encoder. The decoder has a hidden layer of so
    /// many units, as many as the vector has floats unless given; with 0 it is linear too, and what is
    /// learnt comes close to a PCA.
    case reconstruction(hidden: Int? = nil)
    /// In which of so many cells of k-means the vector lies.
    case cells(_ count: Int)
  }

  /// How it is trained.
  public struct Options: Sendable, Equatable {
    /// Times that the vectors are gone through, at least 1.
    public var epochs = 10
    /// Steps at least, 0 or more, however few the vectors are; but not more than at most.
    public var leastSteps = 3000
    /// Steps at most, at least 1.
    public var maxSteps = 4000
    /// Vectors of a step, at least 1.
    public var batchSize = 256
    /// The first step's size; later ones are smaller, down to 0.
    public var learningRate: Float = 0.002
    /// The part of the input that is left out at random while learning cells, 0 ..< 1.
    public var dropout: Float = 0.2
    /// How far from certain the network shall be of the cell, 0 ..< 1.
    public var labelSmoothing: Float = 0.01
    /// Whether the projection is replaced by the orthogonal one onto the same subspace, which keeps
    /// inner products and distances best. A decoder does not mind: it could undo any mixture.
    public var isOrthonormal = true
    /// A larger sample is thinned out.
    public var maxPoints = 262_144
    /// Everything random follows from it.
    public var seed: UInt64 = 1234

    /// Defaults.
    public init() {}
  }

  /// What it is trained for.
  public let task: Task

  /// How it is trained.
  public let options: Options

  /// What is applied.
  package internal(set) var linear: LinearTransform

  /// The mean loss of each epoch of the last training: the squared error of a reconstruction, or the
  /// cross entropy of cells.
  public internal(set) var losses: [Double] = []

  /// To be trained.
  ///
  /// - Parameters:
  ///   - inputDimension: Floats per vector before.
  ///   - outputDimension: Floats per vector afterwards; not more.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    inputDimension: Int, outputDimension: Int, task: Task, options: Options = Options()
  ) throws(IndexError) {
    try requireDimensions(inputDimension, outputDimension)
    guard outputDimension <= inputDimension else {
      throw IndexError(
        .invalidArgument,
        "a learnt projection leads to fewer dimensions than the \(inputDimension) before, not to"
          + " \(outputDimension)")
    }
    if case .cells(let count) = task, !(2...Self.mostCells).contains(count) {
      throw IndexError(
        .invalidArgument, "a projection is learnt from 2…\(Self.mostCells) cells, got \(count)")
    }
    if case .reconstruction(let hidden?) = task, !(0...Self.mostCells).contains(hidden) {
      throw IndexError(
        .invalidArgument, "a hidden layer has 0…\(Self.mostCells) units, got \(hidden)")
    }
    guard options.epochs >= 1, options.maxSteps >= 1, options.leastSteps >= 0,
      options.batchSize >= 1,
      options.maxPoints >= 1, options.learningRate > 0, options.learningRate.isFinite,
      (0..<1).contains(options.dropout), (0..<1).contains(options.labelSmoothing)
    else {
      throw IndexError(
        .invalidArgument,
        "training a projection takes at least 1 epoch, step, vector of a step and vector in all, a"
          + " learning rate above 0, and dropout and label smoothing of 0 ..< 1")
    }
    (self.task, self.options) = (task, options)
    linear = LinearTransform(untrained: inputDimension, outputDimension, hasBias: false)
  }

  /// Cells, or units of a hidden layer, at most.
  static let mostCells = 1 << 16

  /// Bytes of memory held.
  public var byteCount: Int { linear.byteCount }
}
