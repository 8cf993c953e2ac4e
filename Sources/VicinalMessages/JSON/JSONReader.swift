import VicinalCore

/// Reads JSON as Python's `json` writes it, with arrays in plain lists or in json_tricks' forms.
///
/// Lists of numbers become arrays at once, so that a vector takes 8 bytes a number. `NaN` and
/// `Infinity` are read; whether a vector may hold them is for the service to say.
struct JSONReader {
  let bytes: [UInt8]
  let limits: MessageLimits
  /// What `{"__buffer__": 0, …}` stands for; empty outside messages of several frames.
  let buffers: [[UInt8]]
  var position = 0
  /// How arrays were written, so that the reply is written alike.
  var style = JSONArrayStyle.plain
  private var valueCount = 0
  /// Bytes that arrays were unpacked to so far.
  var unpackedBytes = 0
  /// What arrays in frames and packed texts may still take.
  var memory: MemoryBudget

  init(_ bytes: [UInt8], limits: MessageLimits, buffers: [[UInt8]] = []) {
    self.bytes = bytes
    self.limits = limits
    self.buffers = buffers
    memory = MemoryBudget(limits)
  }

  /// Reads the one value that the bytes hold.
  mutating func read() throws(ServiceError) -> MessageValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw malformed("more follows the value") }
    return value
  }

  func malformed(_ what: String) -> ServiceError {
    ServiceError(.malformedMessage, "JSON at byte \(position): \(what)")
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0a, 0x0d].contains(bytes[position]) {
      position += 1
    }
  }

  var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func countValues(_ count: Int = 1) throws(ServiceError) {
    valueCount += count
    guard valueCount <= limits.values else {
      throw ServiceError(.limitExceeded, "a message holds at most \(limits.values) values")
    }
  }

  private mutating func value(depth: Int) throws(ServiceError) -> MessageValue {
    guard depth <= limits.depth else {
      throw ServiceError(.limitExceeded, "a message is at most \(limits.depth) levels deep")
    }
    skipSpace()
    try countValues()
    switch next {
    case UInt8(ascii: "{"): return try record(depth: depth)
    case UInt8(ascii: "["): return try list(depth: depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t") where take("true"): return .truth(true)
    case UInt8(ascii: "f") where take("false"): return .truth(false)
    case UInt8(ascii: "n") where take("null"): return .null
    default:
      guard startsNumber else { throw malformed("a value was expected") }
      switch try number() {
      case .whole(let whole): return .integer(whole)
      case .real(let real): return .number(real)
      }
    }
  }

  /// Steps over a word if it comes next.
  mutating func take(_ word: StaticString) -> Bool {
    let text = word.description.utf8
    guard bytes.count - position >= text.count,
      bytes[position..<position + text.count].elementsEqual(text)
    else { return false }
    position += text.count
    return true
  }

  /// Steps over a comma or the closing bracket after an element.
  private mutating func endsList(_ closing: UInt8) throws(ServiceError) -> Bool {
    skipSpace()
    switch next {
    case closing:
      position += 1
      return true
    case UInt8(ascii: ","):
      position += 1
      return false
    default: throw malformed("a comma or the end of a list or record was expected")
    }
  }

  private mutating func list(depth: Int) throws(ServiceError) -> MessageValue {
    position += 1
    skipSpace()
    if next == UInt8(ascii: "]") {
      position += 1
      return .list([])
    }
    var numbers = NumberList()
    skipSpace()
    while startsNumber {
      numbers.append(try number())
      if try endsList(UInt8(ascii: "]")) { return .array(NumberArray(numbers.elements)) }
      skipSpace()
    }
    // Numbers beside other things take more than those of an array.
    try countValues(numbers.elements.count)
    var values: [MessageValue] = numbers.values
    repeat { values.append(try value(depth: depth + 1)) } while try !endsList(UInt8(ascii: "]"))
    return .list(values)
  }

  private mutating func record(depth: Int) throws(ServiceError) -> MessageValue {
    position += 1
    var fields: [String: MessageValue] = [:]
    skipSpace()
    if next == UInt8(ascii: "}") {
      position += 1
      return .record(fields)
    }
    repeat {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw malformed("a name in quotes was expected") }
      let name = try text()
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw malformed("a colon was expected") }
      position += 1
      fields[name] = try value(depth: depth + 1)
    } while try !endsList(UInt8(ascii: "}"))
    if let numbers = fields["__ndarray__"] { return .array(try array(numbers, fields)) }
    if !buffers.isEmpty, let number = fields["__buffer__"] {
      return .array(try buffer(number, fields))
    }
    return .record(fields)
  }
}

/// Numbers of a list, whole as long as all are.
private struct NumberList {
  private var whole: [Int64] = []
  private var real: [Double]?

  mutating func append(_ number: JSONNumber) {
    switch number {
    case .whole(let value) where real == nil: whole.append(value)
    case .whole(let value): real?.append(Double(value))
    case .real(let value):
      if real == nil {
        real = whole.map(Double.init)
        whole = []
      }
      real?.append(value)
    }
  }

  var elements: NumberArray.Elements { real.map { .doubles($0) } ?? .integers(whole) }

  var values: [MessageValue] {
    real?.map { .number($0) } ?? whole.map { .integer($0) }
  }
}
