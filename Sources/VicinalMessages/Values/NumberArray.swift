import VicinalCore

/// Numbers in rows and columns, in C order, in the widest type of their kind.
package struct NumberArray: Sendable, Equatable {
  /// The numbers themselves. Smaller types have become the next of these that holds them exactly.
  package enum Elements: Sendable, Equatable {
    case integers([Int64])
    case floats([Float])
    case doubles([Double])

    package var count: Int {
      switch self {
      case .integers(let values): values.count
      case .floats(let values): values.count
      case .doubles(let values): values.count
      }
    }
  }

  package private(set) var shape: [Int]
  package private(set) var elements: Elements

  /// Bytes that the numbers take.
  package var byteCount: Int {
    if case .floats(let values) = elements { values.count * 4 } else { elements.count * 8 }
  }

  /// As many dimensions as numpy allows.
  package static let largestRank = 64

  /// Takes numbers that fill a shape exactly.
  package init(shape: [Int], _ elements: Elements) throws(ServiceError) {
    let count = try Self.count(of: shape)
    guard count == elements.count else {
      throw ServiceError(
        .malformedMessage,
        "an array of shape \(shape) holds \(count) numbers, not \(elements.count)")
    }
    self.shape = shape
    self.elements = elements
  }

  /// A row of numbers.
  package init(_ elements: Elements) {
    shape = [elements.count]
    self.elements = elements
  }

  /// Reads numbers as they lie in memory or in a message.
  ///
  /// - Parameter isFortran: Whether the first index runs fastest.
  /// - Throws: `malformedMessage` if the bytes do not fill the shape, `unsupportedType` for a whole
  ///   number that no `Int64` holds.
  package init(
    _ bytes: RawSpan, as stored: StoredNumbers, shape: [Int], isFortran: Bool
  ) throws(ServiceError) {
    let count = try Self.count(of: shape)
    let (size, overflow) = count.multipliedReportingOverflow(by: stored.type.size)
    guard !overflow, size == bytes.byteCount else {
      throw ServiceError(
        .malformedMessage,
        "an array of shape \(shape) and \(stored.type) takes \(overflow ? "too many" : "\(size)")"
          + " bytes, the message holds \(bytes.byteCount)")
    }
    self.shape = shape
    elements = try Self.elements(bytes, stored, count)
    if isFortran, shape.count > 1 { reorder() }
  }

  private static func count(of shape: [Int]) throws(ServiceError) -> Int {
    guard shape.count <= largestRank else {
      throw ServiceError(.limitExceeded, "an array has at most \(largestRank) dimensions")
    }
    var count = 1
    for length in shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: length)
      guard length >= 0, !overflow else {
        throw ServiceError(.malformedMessage, "an array cannot have the shape \(shape)")
      }
      count = product
    }
    return count
  }

  private static func elements(
    _ bytes: RawSpan, _ stored: StoredNumbers, _ count: Int
  ) throws(ServiceError) -> Elements {
    let isBig = stored.isBigEndian
    func whole<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> [T] {
      let values = bytes.numbers(in: 0..<bytes.byteCount, as: type)
      return isBig ? values.map(\.byteSwapped) : values
    }
    switch stored.type {
    case .float16: return .floats(whole(UInt16.self).map { Float(Float16(bitPattern: $0)) })
    case .float32 where !isBig: return .floats(bytes.floats(in: 0..<bytes.byteCount))
    case .float32: return .floats(whole(UInt32.self).map { Float(bitPattern: $0) })
    case .float64 where !isBig: return .doubles(bytes.doubles(in: 0..<bytes.byteCount))
    case .float64: return .doubles(whole(UInt64.self).map { Double(bitPattern: $0) })
    case .int8: return .integers(whole(Int8.self).map(Int64.init))
    case .int16: return .integers(whole(Int16.self).map(Int64.init))
    case .int32: return .integers(whole(Int32.self).map(Int64.init))
    case .int64: return .integers(whole(Int64.self))
    case .uint8: return .integers(whole(UInt8.self).map(Int64.init))
    case .uint16: return .integers(whole(UInt16.self).map(Int64.init))
    case .uint32: return .integers(whole(UInt32.self).map(Int64.init))
    case .bool: return .integers(whole(UInt8.self).map { $0 == 0 ? 0 : 1 })
    case .uint64:
      let values = whole(UInt64.self)
      guard let largest = values.max(), largest > UInt64(Int64.max) else {
        return .integers(values.map { Int64(bitPattern: $0) })
      }
      throw ServiceError(.unsupportedType, "\(largest) is beyond what an int64 holds")
    }
  }

  /// Puts numbers in Fortran order into C order.
  private mutating func reorder() {
    switch elements {
    case .integers(let values): elements = .integers(inCOrder(values))
    case .floats(let values): elements = .floats(inCOrder(values))
    case .doubles(let values): elements = .doubles(inCOrder(values))
    }
  }

  private func inCOrder<T>(_ values: [T]) -> [T] {
    guard !values.isEmpty else { return values }
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in 1..<shape.count { strides[axis] = strides[axis - 1] * shape[axis - 1] }
    var ordered: [T] = []
    ordered.reserveCapacity(values.count)
    var index = [Int](repeating: 0, count: shape.count)
    var place = 0
    for _ in values.indices {
      ordered.append(values[place])
      for axis in shape.indices.reversed() {
        index[axis] += 1
        place += strides[axis]
        if index[axis] < shape[axis] { break }
        place -= strides[axis] * shape[axis]
        index[axis] = 0
      }
    }
    return ordered
  }
}

extension NumberArray {
  /// The numbers as floats, rounded where they are wider.
  package var asFloats: [Float] {
    switch elements {
    case .integers(let values): values.map(Float.init)
    case .floats(let values): values
    case .doubles(let values): values.map(Float.init)
    }
  }

  /// The numbers as doubles.
  package var asDoubles: [Double] {
    switch elements {
    case .integers(let values): values.map(Double.init)
    case .floats(let values): values.map(Double.init)
    case .doubles(let values): values
    }
  }

  /// The numbers as a message writes the type that it names: float32 becomes floats, whole numbers
  /// stay whole.
  package func cast(to type: NumberType) throws(ServiceError) -> NumberArray {
    switch type {
    case .float16, .float32: return try NumberArray(shape: shape, .floats(asFloats))
    case .float64: return try NumberArray(shape: shape, .doubles(asDoubles))
    default:
      guard case .integers = elements else {
        throw ServiceError(
          .malformedMessage, "an array of \(type) holds numbers that are not whole")
      }
      return self
    }
  }
}
