import VicinalCore

extension PickleNodes {
  /// What a call of a known function gives.
  mutating func reduced(_ callee: Int, _ arguments: Int) throws(ServiceError) -> PickleNode {
    guard case .symbol(let symbol) = self[callee], case .tuple(let arguments) = self[arguments]
    else { throw ServiceError(.malformedMessage, "a pickle calls what is no known function") }
    switch symbol {
    case .reconstruct:
      guard let type = arguments.first, case .symbol(.ndarray) = self[type] else {
        throw ServiceError(.unsupportedType, "only numpy.ndarray itself is read as an array")
      }
      return .emptyArray
    case .fromBuffer:
      guard arguments.count == 4, case .value(.bytes(let bytes)) = self[arguments[0]],
        case .value(.text(let order)) = self[arguments[3]], order == "C" || order == "F"
      else { throw Self.wrongArguments }
      return try array(
        bytes, numbers(arguments[1]), shape(arguments[2]), isFortran: order == "F")
    case .scalar:
      guard arguments.count == 2, case .value(.bytes(let bytes)) = self[arguments[1]] else {
        throw Self.wrongArguments
      }
      let array = try NumberArray(
        bytes.span.rawBytes, as: numbers(arguments[0]), shape: [], isFortran: false)
      return .value(array.onlyNumber)
    case .dtype:
      guard let first = arguments.first, case .value(.text(let name)) = self[first] else {
        throw Self.wrongArguments
      }
      return .type(try StoredNumbers(named: name))
    case .encode: return .value(.bytes(try latin1(arguments)))
    case .bytes, .bytearray:
      switch arguments.count {
      case 0: return .value(.bytes([]))
      case 1:
        guard case .value(.bytes(let bytes)) = self[arguments[0]] else { throw Self.wrongArguments }
        return .value(.bytes(bytes))
      default: return .value(.bytes(try latin1(arguments)))
      }
    case .ndarray: throw Self.wrongArguments
    }
  }

  /// What an array or a type becomes by its state.
  mutating func built(_ object: Int, _ state: Int) throws(ServiceError) -> PickleNode {
    guard case .tuple(let state) = self[state] else { throw Self.wrongArguments }
    switch self[object] {
    case .emptyArray:
      guard state.count == 5, case .value(.truth(let isFortran)) = self[state[3]],
        case .value(.bytes(let bytes)) = self[state[4]]
      else { throw Self.wrongArguments }
      return try array(bytes, numbers(state[2]), shape(state[1]), isFortran: isFortran)
    case .type(var stored):
      guard state.count >= 2, case .value(.text(let order)) = self[state[1]],
        ["<", ">", "|", "="].contains(order)
      else { throw Self.wrongArguments }
      stored.isBigEndian = order == ">"
      return .type(stored)
    default: throw Self.wrongArguments
    }
  }

  private mutating func array(
    _ bytes: [UInt8], _ stored: StoredNumbers, _ shape: [Int], isFortran: Bool
  ) throws(ServiceError) -> PickleNode {
    try memory.charge(stored.memory(of: bytes.count))
    return .value(
      .array(
        try NumberArray(bytes.span.rawBytes, as: stored, shape: shape, isFortran: isFortran)))
  }

  private static var wrongArguments: ServiceError {
    ServiceError(.malformedMessage, "a pickle makes an array or its type in an unknown way")
  }

  private func numbers(_ node: Int) throws(ServiceError) -> StoredNumbers {
    guard case .type(let stored) = self[node] else { throw Self.wrongArguments }
    return stored
  }

  private func shape(_ node: Int) throws(ServiceError) -> [Int] {
    guard case .tuple(let members) = self[node] else { throw Self.wrongArguments }
    var shape: [Int] = []
    for member in members {
      guard case .value(.integer(let length)) = self[member] else { throw Self.wrongArguments }
      shape.append(Int(length))
    }
    return shape
  }

  /// Bytes that protocol 2 writes as text, a character a byte.
  private func latin1(_ arguments: [Int]) throws(ServiceError) -> [UInt8] {
    guard arguments.count == 2, case .value(.text(let text)) = self[arguments[0]],
      case .value(.text(let encoding)) = self[arguments[1]],
      encoding == "latin1" || encoding == "latin-1"
    else { throw Self.wrongArguments }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      guard let byte = UInt8(exactly: scalar.value) else { throw Self.wrongArguments }
      bytes.append(byte)
    }
    return bytes
  }
}

extension NumberArray {
  /// The number of an array of one.
  var onlyNumber: MessageValue {
    switch elements {
    case .integers(let values): values.first.map { .integer($0) } ?? .null
    case .floats(let values): values.first.map { .number(Double($0)) } ?? .null
    case .doubles(let values): values.first.map { .number($0) } ?? .null
    }
  }
}
