/// A setting of an index that trades speed for accuracy and can be changed between searches.
///
/// Names are faiss's: `nprobe`, `efSearch`, `ht`, `k_factor`, `k_factor_rf`, `max_codes`, and
/// `quantizer_…` for the settings of a coarse quantizer; also `efConstruction`, which is set in the
/// same way but only matters for vectors to come, `nflip` of binary hash tables and `qb` of RaBitQ.
/// `ratio` of inverted files is ours; see ``SearchOptions/cellRatio``.
///
/// faiss: a name that `ParameterSpace::set_index_parameter` knows, with the `ParameterRange` that
/// `ParameterSpace::initialize` gives it.
public struct Knob: Sendable, Equatable {
  /// faiss's name of the setting.
  public var name: String

  /// Other names that set the same, for example `efSearch` for `quantizer_efSearch` of an inverted
  /// file.
  public var aliases: [String]

  /// The present setting.
  public var value: Double

  /// The values that can be set. An infinite upper bound means that infinity can be set.
  public var range: ClosedRange<Double>

  /// Whether finite values must be whole numbers.
  public var isWhole: Bool

  /// Values worth trying, from the fastest to the most accurate; none if auto-tuning should leave
  /// the setting alone.
  public var steps: [Double]

  /// Describes a setting.
  ///
  /// - Parameters:
  ///   - name: faiss's name.
  ///   - aliases: Other names that set the same.
  ///   - value: The present setting.
  ///   - range: The values that can be set.
  ///   - isWhole: Whether finite values must be whole numbers.
  ///   - steps: Values worth trying, from the fastest to the most accurate, all within `range`.
  public init(
    _ name: String, aliases: [String] = [], value: Double, range: ClosedRange<Double> = Knob.counts,
    isWhole: Bool = true, steps: [Double]
  ) {
    self.name = name
    self.aliases = aliases
    self.value = value
    self.range = range
    self.isWhole = isWhole
    self.steps = steps
  }

  /// The least value that a knob of this name has in any index: 0 for `ht`, where it ends
  /// polysemous search, for `nflip`, for `ratio`, where all cells are visited, and for `qb`, where
  /// queries are then not rounded, else 1.
  package static func leastValue(of name: String) -> Double {
    let own = name.split(separator: "_").last ?? ""
    return ["ht", "nflip", "qb", "ratio"].contains(own) ? 0 : 1
  }

  /// Counts of at least 1 that any index can store.
  public static let counts: ClosedRange<Double> = 1...Double(Int32.max)

  /// The powers of two `2^first ... 2^last` that do not exceed `limit`; at least the first.
  ///
  /// - Parameters:
  ///   - exponents: 0…52.
  ///   - limit: The largest useful value.
  public static func powersOfTwo(
    _ exponents: ClosedRange<Int>, upTo limit: Double = .infinity
  ) -> [Double] {
    let powers = exponents.map { Double(sign: .plus, exponent: $0, significand: 1) }
    return Array(powers.prefix { $0 <= limit || $0 == powers[0] })
  }

  /// The same setting of an index that is part of a larger one. faiss: `quantizer_` + name.
  public func prefixed(_ prefix: String) -> Knob {
    var knob = self
    knob.name = prefix + name
    knob.aliases = aliases.map { prefix + $0 }
    return knob
  }
}
