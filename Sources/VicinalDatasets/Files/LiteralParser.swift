/// The few Python literals that a `.npy` header is made of.
///
/// It works on bytes and never recurses, so no text can make it crash or run long.
struct LiteralParser {
  enum Value: Equatable {
    case string(String)
    case bool(Bool)
    case tuple([Int])
    /// A list, as structured types are described; what it holds is not looked at.
    case list
  }

  private static let mostFields = 64
  private static let mostAxes = 64

  private var rest: ArraySlice<UInt8>

  init(_ text: [UInt8]) { rest = text[...] }

  /// `{'key': value, …}` and nothing behind it but blanks; `nil` for anything else.
  mutating func dictionary() -> [String: Value]? {
    var fields: [String: Value] = [:]
    guard take("{") else { return nil }
    while !take("}") {
      guard fields.count < Self.mostFields, let key = string(), take(":"), let value = value(),
        fields.updateValue(value, forKey: key) == nil
      else { return nil }
      if !take(",") {
        guard take("}") else { return nil }
        break
      }
    }
    skipBlanks()
    return rest.isEmpty ? fields : nil
  }

  private mutating func value() -> Value? {
    if let text = string() { return .string(text) }
    if take("True") { return .bool(true) }
    if take("False") { return .bool(false) }
    if take("[") { return list() }
    return tuple().map(Value.tuple)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var values: [Int] = []
    while !take(")") {
      guard values.count < Self.mostAxes, let value = integer() else { return nil }
      values.append(value)
      if !take(",") {
        // `(3)` is a number in Python, not a tuple.
        guard values.count != 1, take(")") else { return nil }
        break
      }
    }
    return values
  }

  private mutating func integer() -> Int? {
    skipBlanks()
    let sign = rest.first == UInt8(ascii: "-") ? 1 : 0
    let digits = rest.dropFirst(sign).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")) ~= $0 }
    let text = String(decoding: rest.prefix(sign + digits.count), as: UTF8.self)
    guard let value = Int(text) else { return nil }
    rest = rest.dropFirst(sign + digits.count)
    _ = take("L")  // Python 2 wrote long integers this way.
    return value
  }

  private mutating func string() -> String? {
    skipBlanks()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      return nil
    }
    let body = rest.dropFirst().prefix { $0 != quote && $0 != UInt8(ascii: "\\") }
    let after = rest.dropFirst(1 + body.count)
    guard after.first == quote else { return nil }
    rest = after.dropFirst()
    return String(decoding: body, as: UTF8.self)
  }

  /// Skips to the bracket that ends a list.
  private mutating func list() -> Value? {
    var depth = 1
    while depth > 0 {
      if string() != nil { continue }
      guard let next = rest.popFirst() else { return nil }
      if next == UInt8(ascii: "[") { depth += 1 }
      if next == UInt8(ascii: "]") { depth -= 1 }
    }
    return .list
  }

  private mutating func take(_ token: StaticString) -> Bool {
    skipBlanks()
    let bytes = token.description.utf8
    guard rest.starts(with: bytes) else { return false }
    rest = rest.dropFirst(bytes.count)
    return true
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
  }
}
