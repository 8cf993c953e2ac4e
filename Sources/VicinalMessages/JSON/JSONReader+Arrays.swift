import VicinalCore

/// How a JSON text writes arrays.
package enum JSONArrayStyle: Sendable, Equatable {
  /// Lists of numbers.
  case plain
  /// json_tricks: `{"__ndarray__": […], "dtype": …, "shape": …}`.
  case described
  /// json_tricks' compact form: `{"__ndarray__": "b64:…", …}`.
  case compact
}

extension JSONReader {
  /// The array of a record with `__ndarray__`.
  mutating func array(
    _ numbers: MessageValue, _ fields: [String: MessageValue]
  ) throws(ServiceError) -> NumberArray {
    let stored = try storedNumbers(fields)
    let shape = try shape(fields)
    if case .text(let text) = numbers {
      style = .compact
      var isFortran = false
      if case .truth(let isCOrder) = fields["Corder"] { isFortran = !isCOrder }
      let packed = try unpack(text)
      unpackedBytes += packed.count
      guard unpackedBytes <= limits.bytes else {
        throw ServiceError(.limitExceeded, "arrays unpack to more than \(limits.bytes) bytes")
      }
      try memory.charge(stored.memory(of: packed.count))
      return try NumberArray(
        packed.span.rawBytes, as: stored, shape: shape, isFortran: isFortran)
    }
    if style == .plain { style = .described }
    // Lists are in the order of the indexes, whatever `Corder` says.
    let flat = try NumberArray.flattened(numbers)
    guard flat.shape == shape || (flat.elements.count == 0 && shape.contains(0)) else {
      throw ServiceError(
        .malformedMessage, "an array says shape \(shape), its numbers have \(flat.shape)")
    }
    return try NumberArray(shape: shape, flat.elements).cast(to: stored.type)
  }

  /// The array in a frame that a record with `__buffer__` names. Several may name the same frame.
  mutating func buffer(
    _ number: MessageValue, _ fields: [String: MessageValue]
  ) throws(ServiceError) -> NumberArray {
    guard case .integer(let index) = number, index >= 0, index < buffers.count else {
      throw ServiceError(
        .malformedMessage, "__buffer__ must name one of the \(buffers.count) frames, from 0")
    }
    let frame = buffers[Int(index)]
    let stored = try storedNumbers(fields)
    try memory.charge(stored.memory(of: frame.count))
    return try NumberArray(
      frame.span.rawBytes, as: stored, shape: shape(fields), isFortran: false)
  }

  private func storedNumbers(
    _ fields: [String: MessageValue]
  ) throws(ServiceError) -> StoredNumbers {
    guard case .text(let name) = fields["dtype"] else {
      throw ServiceError(.malformedMessage, "an array needs its dtype")
    }
    var stored = try StoredNumbers(named: name)
    if case .text("big") = fields["endian"] { stored.isBigEndian = true }
    return stored
  }

  private func shape(_ fields: [String: MessageValue]) throws(ServiceError) -> [Int] {
    switch fields["shape"] {
    case .list(let lengths) where lengths.isEmpty: return []
    case .array(let lengths) where lengths.shape.count == 1:
      guard case .integers(let values) = lengths.elements else { break }
      return values.map { Int($0) }
    default: break
    }
    throw ServiceError(.malformedMessage, "an array needs its shape, a list of whole numbers")
  }

  /// The bytes of json_tricks' compact form.
  private func unpack(_ text: String) throws(ServiceError) -> [UInt8] {
    if text.hasPrefix("b64.gz:") {
      let packed = try Base64.decoded(text.utf8.dropFirst(7))
      return try Inflation.inflated(packed, limit: limits.bytes - unpackedBytes)
    }
    guard text.hasPrefix("b64:") else {
      throw ServiceError(.malformedMessage, "a packed array begins with b64: or b64.gz:")
    }
    return try Base64.decoded(text.utf8.dropFirst(4))
  }
}
