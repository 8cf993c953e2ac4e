extension NumberArray {
  /// Numbers in lists as one array. Each number is read once, however deep it lies.
  package static func flattened(_ value: MessageValue) throws(ServiceError) -> NumberArray {
    if case .array(let array) = value { return array }
    var numbers = JoinedNumbers()
    let shape = try numbers.append(value)
    return try NumberArray(shape: shape, numbers.elements)
  }
}

/// Numbers of several arrays one after the other: whole if all are, floats if all are, else doubles.
private struct JoinedNumbers {
  /// Only one of these holds numbers.
  private var whole: [Int64] = []
  private var floats: [Float] = []
  private var doubles: [Double] = []

  var elements: NumberArray.Elements {
    if !doubles.isEmpty { return .doubles(doubles) }
    return floats.isEmpty ? .integers(whole) : .floats(floats)
  }

  /// Appends all numbers of a value.
  ///
  /// - Returns: Their shape.
  mutating func append(_ value: MessageValue) throws(ServiceError) -> [Int] {
    switch value {
    case .array(let array):
      append(array.elements)
      return array.shape
    case .integer(let number): append(.integers([number]))
    case .truth(let truth): append(.integers([truth ? 1 : 0]))
    case .number(let number): append(.doubles([number]))
    case .list(let values):
      var shape: [Int]?
      for value in values {
        let found = try append(value)
        if let shape, shape != found {
          throw ServiceError(
            .dimensionMismatch, "rows of one array have the shapes \(shape) and \(found)")
        }
        shape = found
      }
      return [values.count] + (shape ?? [])
    default:
      throw ServiceError(.malformedMessage, "an array holds numbers, not \(value.kind)")
    }
    return []
  }

  private mutating func append(_ more: NumberArray.Elements) {
    switch more {
    case .integers(let values) where floats.isEmpty && doubles.isEmpty: whole += values
    case .floats(let values) where whole.isEmpty && doubles.isEmpty: floats += values
    case .integers(let values):
      widen()
      doubles += values.map(Double.init)
    case .floats(let values):
      widen()
      doubles += values.map(Double.init)
    case .doubles(let values):
      widen()
      doubles += values
    }
  }

  private mutating func widen() {
    doubles += whole.map(Double.init)
    doubles += floats.map(Double.init)
    whole = []
    floats = []
  }
}
