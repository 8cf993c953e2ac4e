/// A type of numbers in arrays, as numpy names them.
package enum NumberType: Sendable, Equatable {
  case float16, float32, float64
  case int8, int16, int32, int64
  case uint8, uint16, uint32, uint64
  case bool

  /// Bytes of one number.
  package var size: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .float16, .int16, .uint16: 2
    case .float32, .int32, .uint32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Bytes of one number of a ``NumberArray``.
  package var sizeInMemory: Int {
    switch self {
    case .float16, .float32: 4
    default: 8
    }
  }

  /// Finds a type by numpy's short or long name without a byte order, `f4` or `float32`.
  package init?(named name: String) {
    switch name {
    case "f2", "float16": self = .float16
    case "f4", "float32": self = .float32
    case "f8", "float64", "float": self = .float64
    case "i1", "int8": self = .int8
    case "i2", "int16": self = .int16
    case "i4", "int32": self = .int32
    case "i8", "int64", "int": self = .int64
    case "u1", "uint8": self = .uint8
    case "u2", "uint16": self = .uint16
    case "u4", "uint32": self = .uint32
    case "u8", "uint64": self = .uint64
    case "b1", "bool": self = .bool
    default: return nil
    }
  }
}

/// A type of numbers with the order of their bytes, `<f4`.
package struct StoredNumbers: Sendable, Equatable {
  package var type: NumberType
  package var isBigEndian = false

  package init(_ type: NumberType, isBigEndian: Bool = false) {
    self.type = type
    self.isBigEndian = isBigEndian
  }

  /// Bytes that numbers take in a ``NumberArray``, of those that they take in a message.
  func memory(of bytes: Int) -> Int { bytes / type.size * type.sizeInMemory }

  /// Reads a name with or without a byte order: `<`, `>`, `=` or `|` in front.
  package init(named name: String) throws(ServiceError) {
    let isBig = name.hasPrefix(">")
    let hasOrder = name.first.map { "<>=|".contains($0) } ?? false
    guard let type = NumberType(named: hasOrder ? String(name.dropFirst()) : name) else {
      throw ServiceError(
        .unsupportedType,
        "arrays hold float16, float32, float64, whole numbers or truth values, not"
          + " \(name.prefix(40))")
    }
    self.init(type, isBigEndian: isBig)
  }
}
