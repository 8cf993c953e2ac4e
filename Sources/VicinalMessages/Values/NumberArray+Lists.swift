extension NumberArray {
  /// Numbers in lists as one array.
  package static func flattened(_ value: MessageValue) throws(ServiceError) -> NumberArray {
    switch value {
    case .array(let array): return array
    case .integer(let number): return try NumberArray(shape: [], .integers([number]))
    case .number(let number): return try NumberArray(shape: [], .doubles([number]))
    case .truth(let truth): return try NumberArray(shape: [], .integers([truth ? 1 : 0]))
    case .list(let values):
      guard let first = values.first else { return NumberArray(.integers([])) }
      let shape = try flattened(first).shape
      var parts: [NumberArray] = []
      parts.reserveCapacity(values.count)
      for value in values {
        let part = try flattened(value)
        guard part.shape == shape else {
          throw ServiceError(
            .dimensionMismatch, "rows of one array have the shapes \(shape) and \(part.shape)")
        }
        parts.append(part)
      }
      return try NumberArray(shape: [parts.count] + shape, joined(parts))
    default:
      throw ServiceError(.malformedMessage, "an array holds numbers, not \(value.kind)")
    }
  }

  /// Numbers of several arrays, whole if all are, floats if all are, else doubles.
  private static func joined(_ parts: [NumberArray]) -> Elements {
    var (areWhole, areFloats) = (true, true)
    for part in parts {
      switch part.elements {
      case .integers: areFloats = false
      case .floats: areWhole = false
      case .doubles: (areWhole, areFloats) = (false, false)
      }
    }
    if areFloats { return .floats(parts.flatMap(\.asFloats)) }
    guard areWhole else { return .doubles(parts.flatMap(\.asDoubles)) }
    var whole: [Int64] = []
    for part in parts {
      if case .integers(let values) = part.elements { whole += values }
    }
    return .integers(whole)
  }
}
