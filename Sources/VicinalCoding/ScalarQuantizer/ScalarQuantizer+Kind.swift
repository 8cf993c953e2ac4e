import VicinalCompute
public import VicinalCore

extension ScalarQuantizer {
  /// How a coordinate is kept. Raw values are faiss's numbers (`QuantizerType`).
  public enum Kind: Int32, Sendable, CaseIterable {
    /// 8 bits over a range of each coordinate. faiss: `QT_8bit`, `SQ8`.
    case bits8 = 0
    /// 4 bits over a range of each coordinate. faiss: `QT_4bit`, `SQ4`.
    case bits4 = 1
    /// 8 bits over one range. faiss: `QT_8bit_uniform`.
    case uniform8 = 2
    /// 4 bits over one range. faiss: `QT_4bit_uniform`.
    case uniform4 = 3
    /// IEEE half precision. faiss: `QT_fp16`, `SQfp16`.
    case float16 = 4
    /// Integers 0…255 as they are. faiss: `QT_8bit_direct`, `SQ8_direct`.
    case direct = 5
    /// 6 bits over a range of each coordinate. faiss: `QT_6bit`, `SQ6`.
    case bits6 = 6
    /// The upper half of a float. faiss: `QT_bf16`, `SQbf16`.
    case bfloat16 = 7
    /// Integers −128…127 as they are. faiss: `QT_8bit_direct_signed`, `SQ8_direct_signed`.
    case directSigned = 8
    /// Nothing: in inverted lists a vector counts as its centroid. faiss: `QT_0bit`, `SQ0`.
    case bits0 = 9
    /// One of 2 levels for coordinates of random unit vectors. faiss: `QT_1bit_tqmse`, `SQtqmse1`.
    case unitLevels1 = 10
    /// One of 4 such levels. faiss: `QT_2bit_tqmse`.
    case unitLevels2 = 11
    /// One of 8 such levels. faiss: `QT_3bit_tqmse`.
    case unitLevels3 = 12
    /// One of 16 such levels. faiss: `QT_4bit_tqmse`.
    case unitLevels4 = 13
    /// One of 256 such levels. faiss: `QT_8bit_tqmse`.
    case unitLevels8 = 14
    /// One of 2 levels for normal coordinates. faiss: `QT_1bit_eden`.
    case normalLevels1 = 19
    /// One of 4 such levels. faiss: `QT_2bit_eden`.
    case normalLevels2 = 20
    /// One of 8 such levels. faiss: `QT_3bit_eden`.
    case normalLevels3 = 21
    /// One of 16 such levels. faiss: `QT_4bit_eden`.
    case normalLevels4 = 22
    /// One of 32 such levels. faiss: `QT_5bit_eden`.
    case normalLevels5 = 23
    /// One of 64 such levels. faiss: `QT_6bit_eden`.
    case normalLevels6 = 24
    /// One of 128 such levels. faiss: `QT_7bit_eden`.
    case normalLevels7 = 25
    /// One of 256 such levels. faiss: `QT_8bit_eden`.
    case normalLevels8 = 26

    /// The kind with a faiss number.
    ///
    /// - Throws: ``IndexError/Code/unsupported`` for TurboQuant with a sign plane (15…18),
    ///   ``IndexError/Code/invalidArgument`` for numbers that faiss does not define.
    public init(faissCode code: Int32) throws(IndexError) {
      if let kind = Kind(rawValue: code) {
        self = kind
        return
      }
      if (15...18).contains(code) {
        throw IndexError(
          .unsupported,
          "scalar quantizer type \(code) (QT_\(code - 13)bit_tq, SQtq\(code - 13) in factory"
            + " strings) is not supported; use SQtqmse\(min(code - 13, 4)) or RaBitQ")
      }
      throw IndexError(
        .invalidArgument, "a scalar quantizer type must be 0…26, found \(code)")
    }

    /// The name in factory strings, or `nil` if they cannot name the kind.
    public var factoryName: String? {
      switch self {
      case .bits8: "SQ8"
      case .bits4: "SQ4"
      case .bits6: "SQ6"
      case .float16: "SQfp16"
      case .bfloat16: "SQbf16"
      case .direct: "SQ8_direct"
      case .directSigned: "SQ8_direct_signed"
      case .bits0: "SQ0"
      case .unitLevels1, .unitLevels2, .unitLevels3, .unitLevels4, .unitLevels8:
        "SQtqmse\(bits)"
      default: nil
      }
    }

    /// The kind that a factory string names.
    public init?(factoryName name: String) {
      guard let kind = Kind.allCases.first(where: { $0.factoryName == name }) else { return nil }
      self = kind
    }

    /// Bits per coordinate.
    public var bits: Int {
      switch self {
      case .bits8, .uniform8, .direct, .directSigned, .unitLevels8: 8
      case .bits4, .uniform4: 4
      case .bits6: 6
      case .float16, .bfloat16: 16
      case .bits0: 0
      case .unitLevels1, .unitLevels2, .unitLevels3, .unitLevels4: Int(rawValue) - 9
      default: Int(rawValue) - 18
      }
    }

    /// Bytes per code; whole bytes. faiss: `code_size`.
    public func codeSize(dimension: Int) -> Int { (dimension * bits + 7) / 8 }

    /// How many floats training gives. faiss: `trained.size()`.
    public func trainedCount(dimension: Int) -> Int {
      switch form {
      case .ranges: 2 * dimension
      case .range: 2
      case .levels: 2 << bits - 1
      case .fixed: 0
      }
    }

    /// Whether codes in inverted lists are of differences from the centroid by default, as in
    /// faiss. Only codes without bits have nothing to subtract from.
    public var isResidualByDefault: Bool { self != .bits0 }

    /// What training finds.
    enum Form { case ranges, range, levels, fixed }

    var form: Form {
      switch self {
      case .bits8, .bits4, .bits6: .ranges
      case .uniform8, .uniform4: .range
      case .float16, .direct, .bfloat16, .directSigned, .bits0: .fixed
      default: .levels
      }
    }
  }
}
