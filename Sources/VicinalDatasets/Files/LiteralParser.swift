/// The few Python literals that a `.npy` header is made of.
struct LiteralParser {
  enum Value: Equatable {
    case string(String)
    case bool(Bool)
    case tuple([Int])
  }

  private var rest: Substring

  init(_ text: String) { rest = text[...] }

  /// `{'key': value, …}` and nothing behind it but blanks; `nil` for anything else.
  mutating func dictionary() -> [String: Value]? {
    var fields: [String: Value] = [:]
    guard take("{") else { return nil }
    while !take("}") {
      guard let key = string(), take(":"), let value = value(), fields[key] == nil else {
        return nil
      }
      fields[key] = value
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
    return tuple().map(Value.tuple)
  }

  private mutating func tuple() -> [Int]? {
    guard take("(") else { return nil }
    var values: [Int] = []
    while !take(")") {
      skipBlanks()
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let value = Int(digits), values.count < 64 else { return nil }
      rest = rest.dropFirst(digits.count)
      _ = take("L")  // Python 2 wrote long integers this way.
      values.append(value)
      if !take(",") {
        guard take(")") else { return nil }
        break
      }
    }
    return values
  }

  private mutating func string() -> String? {
    skipBlanks()
    guard let quote = rest.first, quote == "'" || quote == "\"" else { return nil }
    let body = rest.dropFirst().prefix { $0 != quote && $0 != "\\" }
    let after = rest.dropFirst(1 + body.count)
    guard after.first == quote else { return nil }
    rest = after.dropFirst()
    return String(body)
  }

  private mutating func take(_ token: String) -> Bool {
    skipBlanks()
    guard rest.hasPrefix(token) else { return false }
    rest = rest.dropFirst(token.count)
    return true
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r" }
  }
}
