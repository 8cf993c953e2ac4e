import VicinalCore

/// Writes values as a pickle of protocol 3, which every Python 3 reads; its arrays load in numpy 1
/// and 2.
struct PickleWriter {
  private(set) var bytes: [UInt8] = [0x80, 3]

  /// The pickle of one value.
  static func pickled(_ value: MessageValue) -> [UInt8] {
    var writer = PickleWriter()
    writer.write(value)
    writer.bytes.append(UInt8(ascii: "."))
    return writer.bytes
  }

  private mutating func write(_ value: MessageValue) {
    switch value {
    case .null: bytes.append(UInt8(ascii: "N"))
    case .truth(let truth): bytes.append(truth ? 0x88 : 0x89)
    case .integer(let number): write(number)
    case .number(let number):
      bytes.append(UInt8(ascii: "G"))
      append(number.bitPattern.byteSwapped, size: 8)
    case .text(let text): write(text)
    case .bytes(let value): write(value)
    case .array(let array): write(array)
    case .list(let values):
      bytes += "](".utf8
      for value in values { write(value) }
      bytes.append(UInt8(ascii: "e"))
    case .record(let fields):
      bytes += "}(".utf8
      for name in fields.keys.sorted() {
        write(name)
        write(fields[name] ?? .null)
      }
      bytes.append(UInt8(ascii: "u"))
    }
  }

  /// A number's lowest bytes, least first.
  private mutating func append(_ number: UInt64, size: Int) {
    for place in 0..<size { bytes.append(UInt8(truncatingIfNeeded: number >> UInt64(8 * place))) }
  }

  private mutating func write(_ number: Int64) {
    if Int32(exactly: number) != nil {
      bytes.append(UInt8(ascii: "J"))
      append(UInt64(bitPattern: number), size: 4)
    } else {
      bytes += [0x8a, 8]
      append(UInt64(bitPattern: number), size: 8)
    }
  }

  private mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "X"))
    append(UInt64(text.utf8.count), size: 4)
    bytes += text.utf8
  }

  private mutating func write(_ value: [UInt8]) {
    bytes.append(UInt8(ascii: "B"))
    append(UInt64(value.count), size: 4)
    bytes += value
  }

  private mutating func write(_ array: NumberArray) {
    bytes += "cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n".utf8
    write(0)
    bytes.append(0x85)
    write([UInt8(ascii: "b")])
    bytes += [0x87, UInt8(ascii: "R"), UInt8(ascii: "(")]
    write(1)
    bytes.append(UInt8(ascii: "("))
    for length in array.shape { write(Int64(length)) }
    bytes += "tcnumpy\ndtype\n".utf8
    switch array.elements {
    case .integers: write("i8")
    case .floats: write("f4")
    case .doubles: write("f8")
    }
    // A copy of the type that is not aligned; then its state: version 3, least byte first.
    bytes += [0x89, 0x88, 0x87] + "R(".utf8
    write(3)
    write("<")
    bytes += "NNN".utf8
    write(-1)
    write(-1)
    write(0)
    bytes += "tb".utf8
    bytes.append(0x89)
    write(array.littleEndianBytes)
    bytes += "tb".utf8
  }
}
