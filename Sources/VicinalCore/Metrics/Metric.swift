/// How two vectors are compared, with faiss's values: squared L2 has no square root, Lp no root.
///
/// Cosine similarity is inner product over normalised vectors: put `TransformedIndex` with
/// `L2Normalization` (factory string `"L2norm,Flat"`) in front of an inner-product index.
///
/// The corresponding faiss type is `MetricType`.
public enum Metric: Sendable, Hashable, Codable {
  /// Σ xy, larger is better. `METRIC_INNER_PRODUCT`.
  case innerProduct
  /// Σ (x−y)², smaller is better. `METRIC_L2`.
  case l2
  /// Σ |x−y|, smaller is better. `METRIC_L1`.
  case l1
  /// max |x−y|, smaller is better. `METRIC_Linf`.
  case linf
  /// Σ |x−y|^p with p > 0, smaller is better. `METRIC_Lp` with `metric_arg` p.
  case lp(Float)
  /// Σ |x−y| / (|x|+|y|), smaller is better. `METRIC_Canberra`.
  case canberra
  /// Σ|x−y| / Σ|x+y|, smaller is better. `METRIC_BrayCurtis`.
  case brayCurtis
  /// ½ Σ (x·ln(x/m) + y·ln(y/m)) with m = (x+y)/2, smaller is better. `METRIC_JensenShannon`.
  case jensenShannon
  /// Σ min(x,y) / Σ max(x,y), larger is better. `METRIC_Jaccard`.
  case jaccard
  /// d / present · Σ (x−y)² over coordinates where neither is NaN, smaller is better.
  /// `METRIC_NaNEuclidean`. The only metric under which vectors may hold NaN.
  case nanEuclidean
  /// Mean over coordinates of |x−y| (both in 0…1) or of inequality (both negative: categories),
  /// smaller is better. `METRIC_GOWER`.
  case gower

  /// Whether a larger value means a nearer vector.
  public var isSimilarity: Bool { self == .innerProduct || self == .jaccard }

  /// Whether NaN is a legal coordinate.
  public var allowsNaN: Bool { self == .nanEuclidean }

  /// The value that stands for "no result": the worst there is in this metric's direction.
  public var worst: Float { isSimilarity ? -.infinity : .infinity }

  /// Whether `a` is a strictly better value than `b`.
  public func isBetter(_ a: Float, than b: Float) -> Bool { isSimilarity ? a > b : a < b }

  /// faiss's number for the metric (`MetricType`), as files store it.
  public var faissCode: Int32 {
    switch self {
    case .innerProduct: 0
    case .l2: 1
    case .l1: 2
    case .linf: 3
    case .lp: 4
    case .canberra: 20
    case .brayCurtis: 21
    case .jensenShannon: 22
    case .jaccard: 23
    case .nanEuclidean: 24
    case .gower: 25
    }
  }

  /// faiss's `metric_arg`: p of Lp, 0 otherwise.
  public var argument: Float { if case .lp(let p) = self { p } else { 0 } }

  /// Requires parameters with which the metric is defined: a case can be written with any.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` for Lp with p that is not a positive finite
  ///   number.
  package func requireUsable() throws(IndexError) {
    _ = try Metric(faissCode: faissCode, argument: argument)
  }

  /// The metric with a faiss number.
  ///
  /// - Parameters:
  ///   - code: faiss's `MetricType` value.
  ///   - argument: faiss's `metric_arg`; only Lp reads it.
  /// - Throws: ``IndexError/Code/invalidArgument`` for numbers that faiss does not define and
  ///   for Lp with p that is not a positive finite number.
  public init(faissCode code: Int32, argument: Float = 0) throws(IndexError) {
    switch code {
    case 0: self = .innerProduct
    case 1: self = .l2
    case 2: self = .l1
    case 3: self = .linf
    case 4:
      guard argument > 0, argument.isFinite else {
        throw IndexError(
          .invalidArgument, "metric Lp needs a finite p above 0 as metric_arg, found \(argument)")
      }
      self = .lp(argument)
    case 20: self = .canberra
    case 21: self = .brayCurtis
    case 22: self = .jensenShannon
    case 23: self = .jaccard
    case 24: self = .nanEuclidean
    case 25: self = .gower
    default:
      throw IndexError(
        .invalidArgument, "metric_type must be 0…4 or 20…25, found \(code)")
    }
  }
}
