import VicinalCore

/// Reads pickles of protocols 2 to 5 by a closed table of opcodes, without executing anything.
///
/// What Python's `pickle` makes of numpy arrays, numbers, text, bytes, lists, tuples and
/// dictionaries is understood; objects of classes, sets, persistent ids and buffers outside the
/// stream are refused.
struct PickleReader {
  private let bytes: [UInt8]
  private var position = 0
  var nodes: PickleNodes
  private var stack: [Int] = []
  private var marks: [Int] = []
  private var memo: [Int: Int] = [:]
  let limits: MessageLimits

  init(_ bytes: [UInt8], limits: MessageLimits) {
    self.bytes = bytes
    self.limits = limits
    nodes = PickleNodes(limits: limits)
  }

  /// Reads the one value of the pickle.
  mutating func read() throws(ServiceError) -> MessageValue {
    guard try byte() == 0x80 else { throw malformed("it does not begin with its protocol") }
    let version = try byte()
    guard (2...5).contains(version) else { throw malformed("protocols 2 to 5 are read") }
    while true {
      let opcode = try byte()
      if opcode == UInt8(ascii: ".") { break }
      if try !scalar(opcode), try !container(opcode) {
        throw ServiceError(
          .unsupportedType,
          "pickle at byte \(position - 1): the opcode \(opcode) is not among those that are read")
      }
    }
    guard position == bytes.count else { throw malformed("more follows its end") }
    guard stack.count == 1, marks.isEmpty else { throw malformed("it ends in the middle") }
    return try nodes.tree(stack[0])
  }

  private func malformed(_ what: String) -> ServiceError {
    ServiceError(.malformedMessage, "pickle at byte \(position): \(what)")
  }

  // MARK: Bytes

  private mutating func range(_ count: Int) throws(ServiceError) -> Range<Int> {
    guard count >= 0, count <= bytes.count - position else { throw malformed("it is cut off") }
    position += count
    return position - count..<position
  }

  private mutating func byte() throws(ServiceError) -> UInt8 {
    bytes[try range(1).lowerBound]
  }

  /// An unsigned number, least byte first.
  private mutating func unsigned(_ size: Int) throws(ServiceError) -> Int {
    var value: UInt64 = 0
    for index in try range(size).reversed() { value = value << 8 | UInt64(bytes[index]) }
    guard let number = Int(exactly: value) else { throw malformed("it is cut off") }
    return number
  }

  /// A number in two's complement, least byte first.
  private mutating func whole(_ size: Int) throws(ServiceError) -> Int64 {
    guard size <= 8 else {
      throw ServiceError(.unsupportedType, "whole numbers have at most 64 bits")
    }
    var value: Int64 = 0
    let range = try range(size)
    if let last = range.last, bytes[last] & 0x80 != 0 { value = -1 }
    for index in range.reversed() { value = value << 8 | Int64(bytes[index]) }
    return value
  }

  private mutating func text(_ size: Int) throws(ServiceError) -> String {
    guard let text = String(validating: bytes[try range(size)], as: UTF8.self) else {
      throw malformed("a text is not UTF-8")
    }
    return text
  }

  private mutating func line() throws(ServiceError) -> String {
    let start = position
    guard let end = bytes[start...].prefix(256).firstIndex(of: UInt8(ascii: "\n")) else {
      throw malformed("a name does not end")
    }
    position = end + 1
    guard let text = String(validating: bytes[start..<end], as: UTF8.self) else {
      throw malformed("a name is not UTF-8")
    }
    return text
  }

  // MARK: Stack

  private mutating func push(_ node: PickleNode) throws(ServiceError) {
    stack.append(try nodes.add(node))
  }

  private mutating func push(_ value: MessageValue) throws(ServiceError) {
    try push(.value(value))
  }

  /// The lowest place that may be taken: what lies below a mark belongs to what is outside.
  private var floor: Int { marks.last ?? 0 }

  private mutating func pop() throws(ServiceError) -> Int {
    guard stack.count > floor else { throw malformed("it takes more than there is") }
    return stack.removeLast()
  }

  private mutating func popToMark() throws(ServiceError) -> [Int] {
    guard let mark = marks.popLast() else { throw malformed("a mark is missing") }
    let taken = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return taken
  }

  private func top() throws(ServiceError) -> Int {
    guard stack.count > floor, let top = stack.last else {
      throw malformed("it takes more than there is")
    }
    return top
  }

  // MARK: Opcodes

  /// Numbers, texts, bytes and names. Says whether the opcode was one of these.
  private mutating func scalar(_ opcode: UInt8) throws(ServiceError) -> Bool {
    switch opcode {
    case UInt8(ascii: "N"): try push(.null)
    case 0x88: try push(.truth(true))
    case 0x89: try push(.truth(false))
    case UInt8(ascii: "J"): try push(.integer(whole(4)))
    case UInt8(ascii: "K"): try push(.integer(Int64(unsigned(1))))
    case UInt8(ascii: "M"): try push(.integer(Int64(unsigned(2))))
    case 0x8a: try push(.integer(whole(unsigned(1))))
    case 0x8b: try push(.integer(whole(unsigned(4))))
    case UInt8(ascii: "G"):
      var bits: UInt64 = 0
      for index in try range(8) { bits = bits << 8 | UInt64(bytes[index]) }
      try push(.number(Double(bitPattern: bits)))
    case UInt8(ascii: "X"): try push(.text(text(unsigned(4))))
    case 0x8c: try push(.text(text(unsigned(1))))
    case 0x8d: try push(.text(text(unsigned(8))))
    case UInt8(ascii: "C"): try push(.bytes(Array(bytes[range(unsigned(1))])))
    case UInt8(ascii: "B"): try push(.bytes(Array(bytes[range(unsigned(4))])))
    case 0x8e, 0x96: try push(.bytes(Array(bytes[range(unsigned(8))])))
    case UInt8(ascii: "c"):
      let module = try line()
      try push(.symbol(PickleSymbol(module: module, name: line())))
    case 0x93:
      guard case .value(.text(let name)) = nodes[try pop()],
        case .value(.text(let module)) = nodes[try pop()]
      else { throw malformed("a name is no text") }
      try push(.symbol(PickleSymbol(module: module, name: name)))
    default: return false
    }
    return true
  }

  /// Lists, tuples, dictionaries, references and arrays. Says whether the opcode was one of these.
  private mutating func container(_ opcode: UInt8) throws(ServiceError) -> Bool {
    switch opcode {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "]"): try push(.list(slot: nodes.addSlot()))
    case UInt8(ascii: "}"): try push(.dictionary(slot: nodes.addSlot()))
    case UInt8(ascii: ")"): try push(.tuple([]))
    case 0x85: try push(.tuple([pop()]))
    case 0x86:
      let second = try pop()
      try push(.tuple([pop(), second]))
    case 0x87:
      let (third, second) = try (pop(), pop())
      try push(.tuple([pop(), second, third]))
    case UInt8(ascii: "t"): try push(.tuple(popToMark()))
    case UInt8(ascii: "a"): try extend([pop()], isList: true)
    case UInt8(ascii: "e"): try extend(popToMark(), isList: true)
    case UInt8(ascii: "s"):
      let value = try pop()
      try extend([pop(), value], isList: false)
    case UInt8(ascii: "u"): try extend(popToMark(), isList: false)
    case UInt8(ascii: "q"): try memo[unsigned(1)] = top()
    case UInt8(ascii: "r"): try memo[unsigned(4)] = top()
    case 0x94: try memo[memo.count] = top()
    case UInt8(ascii: "h"): try recall(unsigned(1))
    case UInt8(ascii: "j"): try recall(unsigned(4))
    case UInt8(ascii: "R"):
      let arguments = try pop()
      try push(nodes.reduced(pop(), arguments))
    case UInt8(ascii: "b"):
      let state = try pop()
      let object = try top()
      let built = try nodes.built(object, state)
      try nodes.replace(object, by: built)
    case 0x95: _ = try range(8)
    default: return false
    }
    // References take two bytes and no node of their own, so the stack has a limit of its own.
    guard stack.count <= limits.values, marks.count <= limits.depth * 4 else {
      throw ServiceError(.limitExceeded, "a message holds at most \(limits.values) values")
    }
    return true
  }

  private mutating func recall(_ key: Int) throws(ServiceError) {
    guard let node = memo[key] else { throw malformed("it refers to what is not there") }
    stack.append(node)
  }

  private mutating func extend(_ members: [Int], isList: Bool) throws(ServiceError) {
    switch nodes[try top()] {
    case .list(let slot) where isList: nodes.slots[slot] += members
    case .dictionary(let slot) where !isList && members.count.isMultiple(of: 2):
      nodes.slots[slot] += members
    default: throw malformed("it adds to what is no list or dictionary")
    }
  }
}
