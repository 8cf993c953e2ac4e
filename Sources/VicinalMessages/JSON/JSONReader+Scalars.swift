/// A number of a JSON text.
enum JSONNumber {
  case whole(Int64)
  case real(Double)
}

extension JSONReader {
  var startsNumber: Bool {
    guard let next else { return false }
    switch next {
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "N"),
      UInt8(ascii: "I"):
      return true
    default: return false
    }
  }

  /// Reads a number. Whole numbers beyond an `Int64` are read as reals.
  mutating func number() throws(ServiceError) -> JSONNumber {
    if take("NaN") { return .real(.nan) }
    if take("Infinity") { return .real(.infinity) }
    if take("-Infinity") { return .real(-.infinity) }
    let start = position
    let isNegative = next == UInt8(ascii: "-")
    if isNegative { position += 1 }
    var digits: UInt64 = 0
    // How many digits went into `digits`; beyond 19 it could overflow.
    var significant = 0
    let first = position
    try eachDigit { digit in
      if significant > 0 || digit > 0 { significant += 1 }
      if significant <= 19 { digits = digits * 10 + UInt64(digit) }
    }
    if position - first > 1, bytes[first] == UInt8(ascii: "0") {
      throw malformed("a number must not begin with 0")
    }
    var exponent = 0
    var isWhole = true
    if next == UInt8(ascii: ".") {
      isWhole = false
      position += 1
      try eachDigit { digit in
        if significant > 0 || digit > 0 { significant += 1 }
        if significant <= 19 {
          digits = digits * 10 + UInt64(digit)
          exponent -= 1
        }
      }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      isWhole = false
      position += 1
      let isSmall = next == UInt8(ascii: "-")
      if isSmall || next == UInt8(ascii: "+") { position += 1 }
      var written = 0
      try eachDigit { written = min(written * 10 + Int($0), 100_000) }
      exponent += isSmall ? -written : written
    }
    if isWhole, significant <= 19 {
      if isNegative, digits <= UInt64(Int64.max) + 1 {
        return .whole(Int64(truncatingIfNeeded: 0 &- digits))
      }
      if let whole = Int64(exactly: digits), !isNegative { return .whole(whole) }
    }
    // Both are exact in a double, so one product or quotient is rounded once (Clinger 1990).
    if significant <= 19, digits < 1 << 53, abs(exponent) <= 22 {
      let value = Double(digits)
      let power = powersOfTen[abs(exponent)]
      let scaled = exponent < 0 ? value / power : value * power
      return .real(isNegative ? -scaled : scaled)
    }
    guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw malformed("this is no number")
    }
    return .real(value)
  }

  private mutating func eachDigit(_ body: (UInt8) -> Void) throws(ServiceError) {
    let start = position
    while let byte = next, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") {
      body(byte - UInt8(ascii: "0"))
      position += 1
    }
    guard position > start else { throw malformed("a digit was expected") }
  }

  /// Reads a text in quotes.
  mutating func text() throws(ServiceError) -> String {
    position += 1
    var collected: [UInt8] = []
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        guard let text = String(validating: collected, as: UTF8.self) else {
          throw malformed("a text is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"):
        position += 1
        try escape(into: &collected)
      case 0..<0x20: throw malformed("a text holds a control character")
      default:
        // The rest of a run at once: texts may be arrays in base64.
        let start = position
        while let plain = next, plain != UInt8(ascii: "\""), plain != UInt8(ascii: "\\"),
          plain >= 0x20
        { position += 1 }
        collected += bytes[start..<position]
      }
    }
    throw malformed("a text does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(ServiceError) {
    guard let byte = next else { throw malformed("a text does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0c)
    case UInt8(ascii: "n"): text.append(0x0a)
    case UInt8(ascii: "r"): text.append(0x0d)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      var unit = try hexUnit()
      if unit >> 10 == 0xd800 >> 10, take("\\u") {
        let low = try hexUnit()
        guard low >> 10 == 0xdc00 >> 10 else { throw malformed("half a surrogate pair") }
        unit = 0x10000 + (unit & 0x3ff) << 10 + low & 0x3ff
      }
      guard let scalar = Unicode.Scalar(unit) else { throw malformed("half a surrogate pair") }
      text += Array(String(Character(scalar)).utf8)
    default: throw malformed("an unknown escape in a text")
    }
  }

  private mutating func hexUnit() throws(ServiceError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw malformed("four hexadecimal digits were expected")
      }
      unit = unit << 4 | UInt32(digit)
      position += 1
    }
    return unit
  }
}

private let powersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]
