import VicinalCompute
public import VicinalCore

/// Product quantizer: a vector is cut into equal parts, and of each part the number of the nearest
/// of 2^bits centroids is stored (Jégou, Douze, Schmid, "Product quantization for nearest neighbor
/// search", PAMI 2011).
///
/// ```swift
/// var quantizer = try ProductQuantizer(dimension: 128, subspaces: 16)  // 16 bytes per vector
/// try quantizer.train(on: sample, execution: Execution())
/// let codes = try quantizer.encode(vectors, execution: Execution())
/// ```
///
/// The corresponding faiss type is `ProductQuantizer`.
public struct ProductQuantizer: VectorCodec {
  /// Floats per vector. faiss: `d`.
  public let dimension: Int

  /// Parts that a vector is cut into; divides the dimension. faiss: `M`.
  public let subspaces: Int

  /// Bits per part, 1…16. faiss: `nbits`.
  public let bits: Int

  /// Whether there are centroids.
  public private(set) var isTrained: Bool

  /// How training clusters each part: faiss's defaults, 25 rounds. faiss: `cp`.
  public var clustering = KMeansOptions()

  /// What the last training wants the caller to know, for example that there were few vectors.
  public internal(set) var warnings: [String] = []

  /// Tables for searching inverted lists of residuals under L2, if they were prepared.
  public internal(set) var residualTables: PQResidualTables?

  /// `subspaces × centroidCount × subdimension` floats, in this order; empty before training.
  package private(set) var centroids: [Float]

  /// Renumbering of the centroids that training ends with, which makes polysemous search possible;
  /// `nil` for none. faiss: `do_polysemous_training`.
  public var polysemous: PolysemousTraining?

  /// The centroids as kernels take them.
  private(set) var transposed: SubspaceCentroids

  /// An untrained quantizer.
  ///
  /// - Parameters:
  ///   - dimension: Floats per vector, at least 1.
  ///   - subspaces: Divides the dimension.
  ///   - bits: 1…16 per part.
  /// - Throws: ``IndexError/Code/invalidArgument``; ``IndexError/Code/unsupported`` for 17…24
  ///   bits, which faiss allows.
  public init(dimension: Int, subspaces: Int, bits: Int = 8) throws(IndexError) {
    try Self.validate(dimension, subspaces, bits)
    self.dimension = dimension
    self.subspaces = subspaces
    self.bits = bits
    isTrained = false
    let none: [Float] = []
    centroids = none
    transposed = SubspaceCentroids(
      none.span, subspaces: subspaces, subdimension: dimension / subspaces)
  }

  /// A quantizer with given centroids, for example from a file.
  ///
  /// - Parameter centroids: `subspaces × 2^bits × dimension / subspaces` finite floats.
  /// - Throws: As the other initialiser, and ``IndexError/Code/invalidArgument`` if the centroids
  ///   are not as many, ``IndexError/Code/notFinite``.
  public init(
    dimension: Int, subspaces: Int, bits: Int, centroids: [Float]
  ) throws(IndexError) {
    try self.init(dimension: dimension, subspaces: subspaces, bits: bits)
    try setCentroids(centroids)
  }

  private static func validate(
    _ dimension: Int, _ subspaces: Int, _ bits: Int
  ) throws(IndexError) {
    guard dimension > 0, subspaces > 0, dimension.isMultiple(of: subspaces) else {
      throw IndexError(
        .invalidArgument,
        "a product quantizer cuts vectors into equal parts: \(subspaces) does not divide the"
          + " dimension \(dimension)")
    }
    guard (1...24).contains(bits) else {
      throw IndexError(
        .invalidArgument, "a product quantizer needs 1 to 24 bits per part, got \(bits)")
    }
    guard bits <= 16 else {
      throw IndexError(
        .unsupported,
        "product quantizers here have at most 16 bits per part, not \(bits); use more parts")
    }
    _ = try checkedProduct(4, dimension, 1 << bits, of: "the centroids of a product quantizer")
  }

  /// Floats per part. faiss: `dsub`.
  public var subdimension: Int { dimension / subspaces }

  /// Centroids per part. faiss: `ksub`.
  public var centroidCount: Int { 1 << bits }

  /// Bytes per code: all bits together, rounded up.
  public var codeSize: Int { BitString.byteCount(subspaces, bits: bits) }

  /// Memory of the centroids and of the prepared tables.
  public var byteCount: Int {
    centroids.count * 4 + transposed.byteCount + (residualTables?.byteCount ?? 0)
  }

  /// The centroids as files hold them: zeros before training.
  package var storedCentroids: [Float] {
    isTrained ? centroids : [Float](repeating: 0, count: dimension * centroidCount)
  }

  /// Takes over centroids; prepared tables no longer fit and are dropped.
  mutating func setCentroids(_ centroids: [Float]) throws(IndexError) {
    guard centroids.count == dimension * centroidCount else {
      throw IndexError(
        .invalidArgument,
        "\(subspaces) × \(centroidCount) centroids of \(subdimension) floats are"
          + " \(dimension * centroidCount) floats, got \(centroids.count)")
    }
    guard centroids.allSatisfy(\.isFinite) else {
      throw IndexError(.notFinite, "centroids of a product quantizer must be finite")
    }
    self.centroids = centroids
    transposed = SubspaceCentroids(
      centroids.span, subspaces: subspaces, subdimension: subdimension)
    residualTables = nil
    isTrained = true
  }

  /// Centroid `number` of a part.
  package func centroid(_ number: Int, of subspace: Int) -> ArraySlice<Float> {
    let start = (subspace * centroidCount + number) * subdimension
    return centroids[start..<start + subdimension]
  }

  func requireTrained() throws(IndexError) {
    guard isTrained else {
      throw IndexError(.notTrained, "the product quantizer must be trained first")
    }
  }
}
