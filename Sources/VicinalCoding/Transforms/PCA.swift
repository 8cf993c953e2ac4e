import Foundation
import VicinalCompute
public import VicinalCore

/// Principal component analysis: the directions along which a sample varies most.
///
/// The mean, the directions, their scaling and an optional rotation are folded into one matrix and
/// one bias when training ends; only these are applied.
///
/// ```swift
/// var pca = try PCA(inputDimension: 384, outputDimension: 64)
/// try pca.train(on: sample, execution: Execution())
/// print(pca.eigenvalues[0])  // Σ of the squares along the first direction
/// ```
///
/// The corresponding faiss type is `PCAMatrix` (factory strings `PCA64`, `PCAR64`, `PCAW64`,
/// `PCAWR64`).
public struct PCA: LinearBacked {
  /// What else than projecting is done. faiss: the fields of `PCAMatrix`.
  public struct Options: Sendable, Equatable {
    /// Components are scaled by (eigenvalue + epsilon) to this power: 0 for none, −0.5 to make all
    /// vary equally (whitening). faiss: `eigen_power`.
    public var eigenPower: Float = 0

    /// Added to eigenvalues before scaling. faiss: `epsilon`.
    public var epsilon: Float = 0

    /// Whether the components are rotated at random afterwards, which spreads what they hold.
    /// faiss: `random_rotation`.
    public var isRotated = false

    /// If not 0, components are ordered into as many groups of equal size with similar sums of
    /// eigenvalues, for a product quantizer with as many parts. faiss: `balanced_bins`.
    public var balancedBins = 0

    /// A sample of more vectors than this for each input coordinate is thinned out. Not stored in
    /// files. faiss: `max_points_per_d`.
    public var maxPointsPerDimension = 1000

    /// faiss's defaults: project, nothing else.
    public init() {}
  }

  /// What else than projecting is done.
  public let options: Options

  /// What is applied. faiss: `A`, `b`.
  package internal(set) var linear: LinearTransform

  /// The mean of the sample. faiss: `mean`.
  public internal(set) var mean: [Float] = []

  /// Σ of the squared deviations along each direction, largest first. faiss: `eigenvalues`.
  public internal(set) var eigenvalues: [Float] = []

  /// The directions, row by row, `inputDimension` floats each: all there are, not only those that
  /// are applied. faiss: `PCAMat`.
  public internal(set) var components: [Float] = []

  /// To be trained.
  ///
  /// - Parameters:
  ///   - inputDimension: Floats per vector before.
  ///   - outputDimension: At most as many.
  ///   - options: Scaling, rotation and so on.
  /// - Throws: ``IndexError/Code/invalidArgument``.
  public init(
    inputDimension: Int, outputDimension: Int, options: Options = Options()
  ) throws(IndexError) {
    try requireDimensions(inputDimension, outputDimension)
    guard outputDimension <= inputDimension else {
      throw IndexError(
        .invalidArgument,
        "PCA reduces dimensions and cannot lead from \(inputDimension) to \(outputDimension)")
    }
    try Self.validate(options, outputDimension)
    self.options = options
    linear = LinearTransform(untrained: inputDimension, outputDimension, hasBias: true)
  }

  /// All fields of a record. The training arrays may be empty: only the matrix and the bias are
  /// applied.
  package init(
    options: Options, mean: [Float], eigenvalues: [Float], components: [Float],
    linear: LinearTransform
  ) throws(IndexError) {
    guard mean.isEmpty || mean.count == linear.inputDimension else {
      throw IndexError(
        .invalidArgument,
        "the mean of a PCA has \(mean.count) numbers in dimension \(linear.inputDimension)")
    }
    (self.options, self.mean, self.eigenvalues) = (options, mean, eigenvalues)
    (self.components, self.linear) = (components, linear)
  }

  private static func validate(_ options: Options, _ dimension: Int) throws(IndexError) {
    guard options.eigenPower.isFinite, options.epsilon.isFinite, options.epsilon >= 0 else {
      throw IndexError(
        .invalidArgument,
        "eigenPower must be finite and epsilon finite and not negative, got \(options.eigenPower)"
          + " and \(options.epsilon)")
    }
    guard options.maxPointsPerDimension >= 1 else {
      throw IndexError(
        .invalidArgument,
        "maxPointsPerDimension must be at least 1, got \(options.maxPointsPerDimension)")
    }
    let bins = options.balancedBins
    guard bins == 0 || bins > 0 && dimension.isMultiple(of: bins) else {
      throw IndexError(
        .invalidArgument, "\(dimension) components cannot be put into \(bins) equal groups")
    }
    guard bins == 0 || !options.isRotated else {
      throw IndexError(
        .invalidArgument, "groups of components make no sense if they are rotated afterwards")
    }
  }

  /// Bytes of memory held.
  public var byteCount: Int {
    linear.byteCount + (mean.count + eigenvalues.count + components.count) * 4
  }
}
