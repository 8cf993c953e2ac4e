/// How codes of additive quantizers are compared with queries, and which norm a code holds for it.
///
/// Under L2 the distance is ‖q‖² − 2⟨q, x⟩ + ‖x‖²: inner products come from look-up tables, and the
/// squared norm of what the code stands for either from the code or from decoding. Inner products
/// need no norm, whatever the type. faiss: `AdditiveQuantizer::Search_type_t`.
public enum AdditiveSearchType: Int32, Sendable, Hashable, CaseIterable {
  /// Codes are decoded. faiss: `ST_decompress`.
  case decoding = 0
  /// Norms are left out: values are ‖q‖² − ⟨q, x⟩. faiss: `ST_LUT_nonorm`.
  case withoutNorm = 1
  /// Norms are computed from the codebooks. faiss: `ST_norm_from_LUT`.
  case computedNorm = 2
  /// 32 bits per norm. faiss: `ST_norm_float`.
  case float = 3
  /// 8 bits, evenly between the smallest and the largest norm. faiss: `ST_norm_qint8`.
  case uniform8 = 4
  /// 4 bits. faiss: `ST_norm_qint4`.
  case uniform4 = 5
  /// 8 bits, the number of a cluster of norms. faiss: `ST_norm_cqint8`.
  case clustered8 = 6
  /// 4 bits. faiss: `ST_norm_cqint4`.
  case clustered4 = 7
  /// Two times 4 bits, whose levels add up, found by local search. faiss: `ST_norm_lsq2x4`.
  case localSearch2x4 = 8
  /// Two times 4 bits, the second of what the first leaves over. faiss: `ST_norm_rq2x4`.
  case residual2x4 = 9

  /// Bits of the norm in a code.
  public var normBits: Int {
    switch self {
    case .decoding, .withoutNorm, .computedNorm: 0
    case .float: 32
    case .uniform4, .clustered4: 4
    case .uniform8, .clustered8, .localSearch2x4, .residual2x4: 8
    }
  }

  /// Entries of the table of norms that files hold.
  var levelCount: Int {
    switch self {
    case .clustered4: 16
    case .clustered8, .localSearch2x4, .residual2x4: 256
    default: 0
    }
  }

  /// Entries of the two tables that levels are sums of.
  var partLevelCount: Int { self == .localSearch2x4 || self == .residual2x4 ? 32 : 0 }

  /// What factory strings append, for example `_Nqint8`; `nil` for the default of L2, decoding,
  /// and for computed norms, for which there is no word.
  public var factorySuffix: String? {
    switch self {
    case .decoding, .computedNorm: nil
    case .withoutNorm: "_Nnone"
    case .float: "_Nfloat"
    case .uniform8: "_Nqint8"
    case .uniform4: "_Nqint4"
    case .clustered8: "_Ncqint8"
    case .clustered4: "_Ncqint4"
    case .localSearch2x4: "_Nlsq2x4"
    case .residual2x4: "_Nrq2x4"
    }
  }
}
