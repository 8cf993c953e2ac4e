/// How the entries of additive codes are learnt and chosen.
public enum AdditiveMethod: Sendable, Equatable {
  /// One after the other, each for what those before leave over. faiss: `ResidualQuantizer`.
  case residual(ResidualOptions)
  /// All together, by changing one at a time. faiss: `LocalSearchQuantizer`.
  case localSearch(LocalSearchOptions)
}

/// How residual quantizers are trained and vectors encoded (Babenko and Lempitsky, "Additive
/// quantization for extreme vector compression", CVPR 2014; Liu et al., "Improved residual vector
/// quantization for high-dimensional approximate nearest neighbor search", 2015).
public struct ResidualOptions: Sendable, Equatable {
  /// Bits of ``trainingFlags`` that have a meaning here.
  enum Flag {
    static let progressive: Int32 = 1
    static let refine: Int32 = 2
    static let topBeam: Int32 = 1024
    static let known = progressive | refine | topBeam | 2048
  }

  /// Choices that are followed at once, at least 1. faiss: `max_beam_size`.
  public var beamSize = 5

  /// As in files. faiss: `train_type`.
  package var trainingFlags: Int32 = Flag.progressive

  /// Whether each codebook is found in few dimensions first. faiss: `Train_progressive_dim`.
  public var isProgressive: Bool {
    get { trainingFlags & Flag.progressive != 0 }
    set { set(Flag.progressive, newValue) }
  }

  /// Whether all codebooks are fitted together in the end. faiss: `Train_refine_codebook`.
  public var isRefined: Bool {
    get { trainingFlags & Flag.refine != 0 }
    set { set(Flag.refine, newValue) }
  }

  /// Rounds of that. Not stored in files. faiss: `niter_codebook_refine`.
  public var refinements = 5

  /// faiss's defaults.
  public init() {}

  private mutating func set(_ flag: Int32, _ isOn: Bool) {
    trainingFlags = isOn ? trainingFlags | flag : trainingFlags & ~flag
  }
}

/// How local search quantizers are trained and vectors encoded (Martinez et al., "Revisiting
/// additive quantization", ECCV 2016, and "LSQ++", ECCV 2018).
public struct LocalSearchOptions: Sendable, Equatable {
  /// Rounds of fitting codebooks and encoding. faiss: `train_iters`.
  public var trainingRounds = 25
  /// Perturbed starts per vector when encoding. faiss: `encode_ils_iters`.
  public var encodingStarts = 16
  /// Perturbed starts per vector and round of training. faiss: `train_ils_iters`.
  public var trainingStarts = 8
  /// Passes over all codebooks after each start. faiss: `icm_iters`.
  public var passes = 4
  /// Entries that a perturbation changes, at most the number of codebooks, which 0 stands for.
  /// faiss: `nperts`.
  public var perturbations = 0
  /// How fast the noise in the codebooks falls while training. faiss: `p`.
  public var coolingPower: Float = 0.5
  /// Weight of small entries when codebooks are fitted. faiss: `lambd`.
  public var regularization: Float = 1e-2
  /// Everything random follows from it. faiss: `random_seed`.
  public var seed: Int32 = 0x12345
  /// faiss: `chunk_size`; kept for files only.
  package var chunkSize = 10_000
  /// faiss: `update_codebooks_with_double`; kept for files only, double is always used.
  package var usesDouble = true

  /// faiss's defaults.
  public init() {}
}
