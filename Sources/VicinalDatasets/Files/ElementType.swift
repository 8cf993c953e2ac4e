/// How a file stores one number. Everything is converted to 32-bit floats when vectors are read.
public enum ElementType: Sendable, Equatable {
  /// IEEE half precision.
  case float16
  /// IEEE single precision.
  case float32
  /// IEEE double precision; values beyond the range of a float become infinite and are then
  /// refused like any infinity.
  case float64
  /// Signed integers of 1, 2, 4 or 8 bytes.
  case int(bytes: Int)
  /// Unsigned integers of 1, 2, 4 or 8 bytes.
  case uint(bytes: Int)

  /// Bytes per number.
  public var size: Int {
    switch self {
    case .float16: 2
    case .float32: 4
    case .float64: 8
    case .int(let bytes), .uint(let bytes): bytes
    }
  }

  /// Whether numbers are integers, as ids and ground truth must be.
  public var isInteger: Bool {
    switch self {
    case .float16, .float32, .float64: false
    case .int, .uint: true
    }
  }

  /// NumPy's name without the byte order, for example "f4".
  var name: String {
    switch self {
    case .float16, .float32, .float64: "f\(size)"
    case .int: "i\(size)"
    case .uint: "u\(size)"
    }
  }

  /// The type with one of NumPy's names.
  init?(name: Substring) {
    let known: [ElementType] =
      [.float16, .float32, .float64]
      + [1, 2, 4, 8].flatMap { [.int(bytes: $0), .uint(bytes: $0)] }
    guard let element = known.first(where: { $0.name == name }) else { return nil }
    self = element
  }
}
