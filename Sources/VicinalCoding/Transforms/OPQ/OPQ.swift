import VicinalCompute
public import VicinalCore

/// A rotation after which a product quantizer loses least (Ge, He, Ke, Sun, "Optimized product
/// quantization", PAMI 2014).
///
/// ```swift
/// var opq = try OPQ(inputDimension: 128, subspaces: 16)
/// try opq.train(on: sample, execution: Execution())
/// ```
///
/// The corresponding faiss type is `OPQMatrix` (factory strings `OPQ16`, `OPQ16_64`). In files it is
/// a plain ``LinearTransform``.
public struct OPQ: LinearBacked {
  /// How the rotation is found.
  public struct Options: Sendable, Equatable {
    /// Rounds of quantizing and rotating, at least 1. faiss: `niter`.
    public var iterations = 50

    /// Rounds of k-means in each of them but the first, at least 1. Rotating more often makes up for
    /// fewer: with faiss's 4 the error is the same within 0.1 %, at up to twice the time (SIFT,
    /// MiniLM text, clusters). faiss: `niter_pq`.
    public var quantizerIterations = 2

    /// Rounds of k-means in the first, at least 1. faiss: `niter_pq_0`, 40.
    public var firstQuantizerIterations = 10

    /// Bits per part of the quantizer that the rotation is made for, 1…16. faiss: 8, unless `pq` is
    /// set.
    public var bits = 8

    /// A larger sample is thinned out. faiss: `max_train_points`.
    public var maxPoints = 65_536

    /// The search ends when a round lowers the error by less than this part of it; 0 for never.
    /// Far below what the choice of the start decides: on MiniLM text the error ends 0.06 % above that of
    /// 1e-4. faiss has no such thing.
    public var tolerance = 2.5e-4

    /// Where the search begins.
    public var start = Start.best

    /// What is random follows from it.
    public var seed: UInt64 = 1234

    /// Defaults that end where faiss's do or lower, sooner.
    public init() {}
  }

  /// Where the search begins. It ends in a minimum nearby, so much depends on it.
  public enum Start: Sendable, Equatable, CaseIterable {
    /// All of the others are tried on a small part of the sample, and the one that ends with the
    /// smallest error goes on.
    case best
    /// The coordinates as they are. Data whose coordinates belong together in parts, like SIFT,
    /// gains most from it. Not for other dimensions than before.
    case coordinates
    /// Principal components put together so that all parts vary equally: the paper's parametric
    /// solution. Not for more dimensions than before.
    case principalComponents
    /// A random rotation, as in faiss.
    case random
  }

  /// Parts of the product quantizer. faiss: `M`.
  public let subspaces: Int

  /// How the rotation is found.
  public let options: Options

  /// What is applied.
  package internal(set) var linear: LinearTransform

  /// The mean squared error of the quantizer after each round of the last training, per vector.
  public internal(set) var errors: [Double] = []

  /// To be trained.
  ///
  /// - Parameters:
  ///   - inputDimension: Floats per vector before.
  ///   - subspaces: Parts of the quantizer; divides the output dimension.
  ///   - outputDimension: Floats per vector afterwards, the same unless given.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    inputDimension: Int, subspaces: Int, outputDimension: Int? = nil, options: Options = Options()
  ) throws(IndexError) {
    let output = outputDimension ?? inputDimension
    try requireDimensions(inputDimension, output)
    guard subspaces >= 1, output.isMultiple(of: subspaces) else {
      throw IndexError(
        .invalidArgument, "OPQ cannot cut \(output) dimensions into \(subspaces) equal parts")
    }
    let rounds = [
      options.iterations, options.quantizerIterations, options.firstQuantizerIterations,
      options.maxPoints,
    ]
    guard rounds.allSatisfy({ $0 >= 1 }), (1...16).contains(options.bits), options.tolerance >= 0
    else {
      throw IndexError(
        .invalidArgument,
        "OPQ needs at least 1 round of each kind, 1…16 bits and a tolerance that is not negative")
    }
    (self.subspaces, self.options) = (subspaces, options)
    linear = LinearTransform(untrained: inputDimension, output, hasBias: false)
  }

  /// Bytes of memory held.
  public var byteCount: Int { linear.byteCount }
}
