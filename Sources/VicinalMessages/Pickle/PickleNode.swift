/// The functions and types that a pickle may name; nothing else is known, nothing is executed.
enum PickleSymbol: Sendable {
  case reconstruct, scalar, fromBuffer, ndarray, dtype, encode, bytes, bytearray

  init(module: String, name: String) throws(ServiceError) {
    switch (module, name) {
    case ("numpy.core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "_reconstruct"):
      self = .reconstruct
    case ("numpy.core.multiarray", "scalar"), ("numpy._core.multiarray", "scalar"):
      self = .scalar
    case ("numpy.core.numeric", "_frombuffer"), ("numpy._core.numeric", "_frombuffer"):
      self = .fromBuffer
    case ("numpy", "ndarray"): self = .ndarray
    case ("numpy", "dtype"): self = .dtype
    case ("_codecs", "encode"): self = .encode
    case ("builtins", "bytes"), ("__builtin__", "bytes"): self = .bytes
    case ("builtins", "bytearray"), ("__builtin__", "bytearray"): self = .bytearray
    default:
      throw ServiceError(
        .unsupportedType,
        "a pickle must not name \(module.prefix(60)).\(name.prefix(60)); only numpy arrays,"
          + " numbers, text, lists and dictionaries are read")
    }
  }
}

/// What a pickle builds, before it is known to be a tree.
///
/// Lists and dictionaries are filled after they may have been referred to, so they are slots of
/// ``PickleNodes``.
enum PickleNode {
  /// A number, text, bytes or a finished array.
  case value(MessageValue)
  case list(slot: Int)
  case tuple([Int])
  /// Names and values in turn.
  case dictionary(slot: Int)
  case symbol(PickleSymbol)
  case type(StoredNumbers)
  /// An array of which the state is still to come.
  case emptyArray
}

/// The nodes of one pickle.
struct PickleNodes {
  private(set) var nodes: [PickleNode] = []
  var slots: [[Int]] = []
  /// What bytes and arrays may still take, each time that they are made anew.
  var memory: MemoryBudget
  let limits: MessageLimits

  init(limits: MessageLimits) {
    self.limits = limits
    memory = MemoryBudget(limits)
  }

  mutating func add(_ node: PickleNode) throws(ServiceError) -> Int {
    guard nodes.count < limits.values else {
      throw ServiceError(.limitExceeded, "a message holds at most \(limits.values) values")
    }
    try count(node)
    nodes.append(node)
    return nodes.count - 1
  }

  /// Puts a finished array or type in the place of an unfinished one.
  mutating func replace(_ index: Int, by node: PickleNode) throws(ServiceError) {
    try count(node)
    nodes[index] = node
  }

  /// One text may be made into bytes again and again, each time for a few bytes of the pickle.
  /// Arrays were charged before they were made.
  private mutating func count(_ node: PickleNode) throws(ServiceError) {
    if case .value(.bytes(let bytes)) = node { try memory.charge(bytes.count) }
  }

  mutating func addSlot() -> Int {
    slots.append([])
    return slots.count - 1
  }

  subscript(_ index: Int) -> PickleNode { nodes[index] }

  /// The tree below a node. What is referred to twice is counted twice, so that a few bytes cannot
  /// stand for a tree without end.
  func tree(_ root: Int) throws(ServiceError) -> MessageValue {
    var cost = TreeCost(memory: MemoryBudget(limits))
    return try tree(root, depth: 0, &cost)
  }

  /// What a tree took so far.
  private struct TreeCost {
    var count = 0
    var memory: MemoryBudget
  }

  private func tree(
    _ node: Int, depth: Int, _ cost: inout TreeCost
  ) throws(ServiceError) -> MessageValue {
    cost.count += 1
    guard depth <= limits.depth, cost.count <= limits.values else {
      throw ServiceError(
        .limitExceeded,
        "a message is at most \(limits.depth) levels deep and holds at most \(limits.values) values"
      )
    }
    switch nodes[node] {
    case .value(let value):
      // An array that is referred to often becomes as many vectors.
      if case .array(let array) = value { try cost.memory.charge(array.byteCount) }
      return value
    case .list(let slot): return try list(slots[slot], depth: depth, &cost)
    case .tuple(let members): return try list(members, depth: depth, &cost)
    case .dictionary(let slot):
      let members = slots[slot]
      var fields: [String: MessageValue] = [:]
      for place in stride(from: 0, to: members.count - 1, by: 2) {
        let value = try tree(members[place + 1], depth: depth + 1, &cost)
        let name = try name(members[place])
        // All of a name is read to find its place, also of one that comes again and again.
        try cost.memory.charge(name.utf8.count)
        fields[name] = value
      }
      return .record(fields)
    case .symbol, .type, .emptyArray:
      throw ServiceError(
        .malformedMessage, "a pickle holds a type or an unfinished array where a value belongs")
    }
  }

  private func list(
    _ members: [Int], depth: Int, _ cost: inout TreeCost
  ) throws(ServiceError) -> MessageValue {
    var values: [MessageValue] = []
    values.reserveCapacity(min(members.count, 1 << 16))
    for member in members { values.append(try tree(member, depth: depth + 1, &cost)) }
    return .list(values)
  }

  private func name(_ node: Int) throws(ServiceError) -> String {
    switch nodes[node] {
    case .value(.text(let name)): return name
    case .value(.integer(let number)): return "\(number)"
    default:
      throw ServiceError(.malformedMessage, "the keys of a dictionary are text or whole numbers")
    }
  }
}
