import VicinalCoding
import VicinalCore
import VicinalTestSupport

/// Data that suits a kind of scalar quantizer, and its codes taken apart in plain Swift.
enum ScalarSubject {
  static let kinds = ScalarQuantizer.Kind.allCases.filter { $0 != .bits0 }

  /// Values of which some lie outside the range that training on ``sample(_:dimension:)`` finds.
  static func data(
    _ kind: ScalarQuantizer.Kind, _ count: Int, dimension: Int, seed: UInt64
  ) -> Vectors {
    var vectors = DataShape.uniform.make(count, dimension: dimension, seed: seed)
    vectors.values = vectors.values.map { value in
      switch kind {
      case .direct: (127.5 + 127 * value).rounded()
      case .directSigned: (127 * value).rounded()
      case _ where kind.rawValue >= 10: 2 * value
      default: 1.5 * value + 0.25
      }
    }
    return vectors
  }

  static func trained(_ kind: ScalarQuantizer.Kind, dimension: Int) throws -> ScalarQuantizer {
    var codec = try ScalarQuantizer(dimension: dimension, kind: kind)
    let sample = DataShape.uniform.make(300, dimension: dimension, seed: 91)
    try codec.train(on: sample.batch(), execution: Execution(workers: 1))
    return codec
  }

  /// What a code stands for, by the definition (section 10.3 of the format document).
  static func decode(_ codec: ScalarQuantizer, _ code: ArraySlice<UInt8>) -> [Double] {
    let kind = codec.kind
    func number(_ column: Int) -> Int {
      (0..<kind.bits).reduce(0) { sum, bit in
        let place = column * kind.bits + bit
        return sum | Int(code[code.startIndex + place / 8] >> (place % 8) & 1) << bit
      }
    }
    let trained = codec.trained.map(Double.init)
    return (0..<codec.dimension).map { column in
      let number = number(column)
      switch kind {
      case .bits8, .bits4, .bits6:
        return trained[column] + (Double(number) + 0.5) / Double(1 << kind.bits - 1)
          * trained[codec.dimension + column]
      case .uniform8, .uniform4:
        return trained[0] + (Double(number) + 0.5) / Double(1 << kind.bits - 1) * trained[1]
      case .float16: return Double(Float16(bitPattern: UInt16(number)))
      case .bfloat16: return Double(Float(bitPattern: UInt32(number) << 16))
      case .direct: return Double(number)
      case .directSigned: return Double(number - 128)
      default: return trained[number]
      }
    }
  }

  /// The codes of vectors, by the definition.
  static func encode(_ codec: ScalarQuantizer, _ vectors: Vectors) -> [UInt8] {
    (0..<vectors.count).flatMap { encode(codec, row: vectors[$0]) }
  }

  private static func encode(_ codec: ScalarQuantizer, row: ArraySlice<Float>) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: codec.codeSize)
    let bits = codec.kind.bits
    for (column, value) in row.enumerated() {
      let number = number(codec, column, value)
      for bit in 0..<bits where number >> bit & 1 == 1 {
        let place = column * bits + bit
        code[place / 8] |= 1 << (place % 8)
      }
    }
    return code
  }

  private static func number(_ codec: ScalarQuantizer, _ column: Int, _ value: Float) -> Int {
    let kind = codec.kind
    func fraction(_ low: Float, _ width: Float) -> Float {
      width == 0 ? 0 : min(max((value - low) / width, 0), 1)
    }
    switch kind {
    case .bits8: return Int(255 * fraction(codec.trained[column], width(codec, column)))
    case .uniform8: return Int(255 * fraction(codec.trained[0], codec.trained[1]))
    case .bits4:
      return Int(15 * Double(fraction(codec.trained[column], width(codec, column))))
    case .uniform4: return Int(15 * Double(fraction(codec.trained[0], codec.trained[1])))
    case .bits6:
      return Int(63 * Double(fraction(codec.trained[column], width(codec, column))))
    case .float16: return Int(tiesAwayHalf(value))
    case .bfloat16: return Int((value.bitPattern &+ 0x8000) >> 16)
    case .direct: return Int(value)
    case .directSigned: return Int(value) + 128
    default: return codec.trained[(1 << kind.bits)...].count { $0 <= value }
    }
  }

  private static func width(_ codec: ScalarQuantizer, _ column: Int) -> Float {
    codec.trained[codec.dimension + column]
  }

  /// The nearest half precision number, by looking at both neighbours; ties go away from zero.
  static func tiesAwayHalf(_ value: Float) -> UInt16 {
    let magnitude = Double(abs(value))
    let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
    let nearest = Float16(magnitude)
    guard nearest.isFinite else { return sign | 0x7c00 }
    let other = Double(nearest) < magnitude ? nearest.nextUp : nearest.nextDown
    guard other.isFinite, Double(other) > Double(nearest) else {
      return sign | nearest.bitPattern
    }
    let isTie = Double(other) - magnitude == magnitude - Double(nearest)
    return sign | (isTie ? other : nearest).bitPattern
  }
}
