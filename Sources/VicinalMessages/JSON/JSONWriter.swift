import VicinalCore

/// Writes values as JSON that Python's `json` reads, infinities and NaN included.
struct JSONWriter {
  let style: JSONArrayStyle
  private(set) var text: [UInt8] = []

  init(style: JSONArrayStyle) { self.style = style }

  mutating func write(_ value: MessageValue) {
    switch value {
    case .null: text += "null".utf8
    case .truth(let truth): text += (truth ? "true" : "false").utf8
    case .integer(let number): text += "\(number)".utf8
    case .number(let number): write(number)
    case .text(let string): write(string)
    case .bytes(let bytes): write("b64:" + String(decoding: Base64.encoded(bytes), as: UTF8.self))
    case .array(let array): write(array)
    case .list(let values): list(values.indices) { $0.write(values[$1]) }
    case .record(let fields):
      text.append(UInt8(ascii: "{"))
      for (place, name) in fields.keys.sorted().enumerated() {
        if place > 0 { text += ", ".utf8 }
        write(name)
        text += ": ".utf8
        write(fields[name] ?? .null)
      }
      text.append(UInt8(ascii: "}"))
    }
  }

  private mutating func list(_ range: Range<Int>, _ element: (inout JSONWriter, Int) -> Void) {
    text.append(UInt8(ascii: "["))
    for index in range {
      if index > range.lowerBound { text += ", ".utf8 }
      element(&self, index)
    }
    text.append(UInt8(ascii: "]"))
  }

  private mutating func write(_ number: Double) {
    if number.isNaN {
      text += "NaN".utf8
    } else if number.isInfinite {
      text += (number < 0 ? "-Infinity" : "Infinity").utf8
    } else {
      text += "\(number)".utf8
    }
  }

  private mutating func write(_ string: String) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): text += [UInt8(ascii: "\\"), byte]
      case 0..<0x20:
        let digits = String(byte, radix: 16)
        text += "\\u\(String(repeating: "0", count: 4 - digits.count))\(digits)".utf8
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  private mutating func write(_ array: NumberArray) {
    switch style {
    case .plain: nested(array, axis: 0, first: 0)
    case .described:
      text += "{\"__ndarray__\": ".utf8
      nested(array, axis: 0, first: 0)
      describe(array)
    case .compact:
      text += "{\"__ndarray__\": \"b64:".utf8
      text += Base64.encoded(array.littleEndianBytes)
      text += "\"".utf8
      describe(array)
    }
  }

  /// The fields of json_tricks behind the numbers.
  private mutating func describe(_ array: NumberArray) {
    text += ", \"dtype\": \"\(array.typeName)\", \"shape\": ".utf8
    list(array.shape.indices) { $0.text += "\(array.shape[$1])".utf8 }
    if style == .compact { text += ", \"endian\": \"little\"".utf8 }
    text += (array.shape.count > 1 ? ", \"Corder\": true}" : "}").utf8
  }

  /// The numbers in lists inside lists.
  private mutating func nested(_ array: NumberArray, axis: Int, first: Int) {
    guard axis < array.shape.count else {
      switch array.elements {
      case .integers(let values): text += "\(values[first])".utf8
      case .floats(let values): write(Double(values[first]))
      case .doubles(let values): write(values[first])
      }
      return
    }
    let width = array.shape.dropFirst(axis + 1).reduce(1, *)
    list(0..<array.shape[axis]) { $0.nested(array, axis: axis + 1, first: first + $1 * width) }
  }
}

extension NumberArray {
  /// numpy's name of the type of the numbers.
  package var typeName: String {
    switch elements {
    case .integers: "int64"
    case .floats: "float32"
    case .doubles: "float64"
    }
  }

  /// The numbers as they lie in memory.
  package var littleEndianBytes: [UInt8] {
    var bytes: [UInt8] = []
    switch elements {
    case .integers(let values): bytes.append(copying: values.span.rawBytes)
    case .floats(let values): bytes.append(copying: values.span.rawBytes)
    case .doubles(let values): bytes.append(copying: values.span.rawBytes)
    }
    return bytes
  }
}
