public import VicinalCore

/// How files of faiss's Panorama indexes hold float vectors: cut into levels, the same level of
/// many vectors together, with the lengths of what is left of each vector from each level on.
///
/// With these lengths faiss drops a vector as soon as the levels compared so far rule it out. Here
/// vectors lie in rows in memory, and an int8 companion rules out more of them, sooner; the layout
/// only says how files are read and written.
///
/// faiss: `Panorama`, of `IndexFlatPanorama`, `IndexIVFFlatPanorama` and `IndexHNSWFlatPanorama`.
public struct PanoramaLayout: Sendable, Hashable {
  /// Parts that vectors are cut into, at least 1. faiss: `n_levels`.
  public let levels: Int

  /// Vectors whose levels lie together, at least 1. faiss: `batch_size`.
  public let batchVectors: Int

  /// faiss's default number of levels in inverted files and graphs.
  static let defaultLevels = 8

  /// faiss's default batch.
  public static let defaultBatch = 1024

  /// Floats of a batch that are believed without vectors to fill it: 64 MiB.
  package static let largestBatch = 1 << 24

  /// A layout.
  ///
  /// - Parameters:
  ///   - levels: At least 1; at most the dimension of the vectors.
  ///   - batchVectors: At least 1.
  public init(levels: Int, batchVectors: Int = Self.defaultBatch) {
    self.levels = levels
    self.batchVectors = batchVectors
  }

  /// Requires a layout for vectors of a dimension.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument``.
  package func validate(dimension: Int) throws(IndexError) {
    guard levels >= 1, levels <= dimension else {
      throw IndexError(
        .invalidArgument,
        "Panorama cuts vectors of dimension \(dimension) into 1…\(dimension) levels, not \(levels)")
    }
    guard batchVectors >= 1, batchVectors <= Self.largestBatch / dimension else {
      throw IndexError(
        .invalidArgument,
        "a Panorama batch of vectors of dimension \(dimension) holds 1…"
          + "\(Self.largestBatch / dimension) of them, not \(batchVectors)")
    }
  }

  /// Floats per level; the last may have fewer.
  package func width(dimension: Int) -> Int { (dimension + levels - 1) / levels }

  /// Levels that hold something.
  package func filledLevels(dimension: Int) -> Int {
    let width = width(dimension: dimension)
    return (dimension + width - 1) / width
  }
}

extension FlatIndex {
  /// Says how files hold the vectors; `nil` for rows.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` for metrics
  ///   other than L2 and inner product.
  public mutating func setPanorama(_ layout: PanoramaLayout?) throws(IndexError) {
    if let layout {
      try layout.validate(dimension: dimension)
      guard metric == .l2 || metric == .innerProduct else {
        throw IndexError(.unsupported, "Panorama works with L2 or inner product, not \(metric)")
      }
    }
    panorama = layout
  }
}

extension IVFIndex {
  /// Says how files hold the vectors; `nil` for rows.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` for lists of
  ///   codes.
  public mutating func setPanorama(_ layout: PanoramaLayout?) throws(IndexError) {
    if let layout {
      try layout.validate(dimension: dimension)
      guard codec == nil else {
        throw IndexError(.unsupported, "Panorama works with lists of floats only")
      }
    }
    panorama = layout
  }
}

extension HNSWIndex {
  /// Says into how many levels vectors are cut for the lengths that files hold beside them; `nil`
  /// for none.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument``, ``IndexError/Code/unsupported`` for codes and
  ///   for metrics other than L2.
  public mutating func setPanoramaLevels(_ levels: Int?) throws(IndexError) {
    if let levels {
      try PanoramaLayout(levels: levels, batchVectors: 1).validate(dimension: dimension)
      guard coded == nil, metric == .l2 else {
        throw IndexError(.unsupported, "Panorama works with graphs over floats and L2 only")
      }
    }
    panoramaLevels = levels
  }
}
