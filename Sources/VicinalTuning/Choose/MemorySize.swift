import Foundation
public import VicinalCore

/// A number of bytes as people write it: `500M`, `16G`, `1.5GB`. Units are powers of 1024.
///
/// The grammar is AutoFaiss's, which accepts `B`, `K` … `E`, `Z` with an optional `B` behind it, and
/// beyond it blanks before the unit, `GiB` spellings, and plain numbers as bytes.
public struct MemorySize: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// The size in bytes.
  public let bytes: Int

  /// A size in bytes.
  public init(bytes: Int) { self.bytes = bytes }

  private static let units: [Character] = ["B", "K", "M", "G", "T", "P", "E", "Z"]

  /// Understands a written size.
  ///
  /// - Throws: ``IndexError/Code/invalidArgument`` with an example.
  public init(parsing text: String) throws(IndexError) {
    let upper = text.uppercased()
    let number = upper.prefix { $0.isNumber || $0 == "." }
    let unit = upper.dropFirst(number.count).trimmingPrefix { $0 == " " }
    guard !number.hasSuffix("."), let value = Double(number),
      let exponent = Self.exponent(String(unit))
    else {
      throw IndexError(
        .invalidArgument, "'\(text)' is not a size of memory; write for example 500M, 16G or 1.5GB")
    }
    let bytes = value * Double(sign: .plus, exponent: 10 * exponent, significand: 1)
    guard bytes < 9e18 else {
      throw IndexError(.invalidArgument, "'\(text)' is more memory than any machine can address")
    }
    self.bytes = Int(bytes)
  }

  private static func exponent(_ unit: String) -> Int? {
    if unit.isEmpty { return 0 }
    guard let first = unit.first, let exponent = units.firstIndex(of: first) else { return nil }
    let rest = unit.dropFirst()
    return rest.isEmpty || (exponent > 0 && (rest == "B" || rest == "IB")) ? exponent : nil
  }

  /// One decimal and the unit, as AutoFaiss prints it: `953.7MB`.
  public var description: String {
    var value = Double(bytes)
    var unit = 0
    while value.magnitude >= 1024, unit < Self.units.count - 1 {
      value /= 1024
      unit += 1
    }
    let suffix = unit == 0 ? "B" : "\(Self.units[unit])B"
    return String(format: "%.1f", value) + suffix
  }

  /// Two sizes for a message: as exact bytes if they would read the same.
  private static func texts(_ a: MemorySize, _ b: MemorySize) -> (String, String) {
    guard a.description == b.description else { return (a.description, b.description) }
    return ("\(a.bytes) bytes", "\(b.bytes)")
  }

  /// Refuses what exceeds `--max-index-memory-usage`.
  ///
  /// - Throws: ``IndexError/Code/memoryBound`` beginning with `subject`, such as "the file takes".
  public func require(_ bytes: Int, _ subject: String) throws(IndexError) {
    guard bytes > self.bytes else { return }
    let (size, bound) = Self.texts(MemorySize(bytes: bytes), self)
    throw IndexError(
      .memoryBound,
      "\(subject) \(size), more than the bound of \(bound); raise max-index-memory-usage")
  }

  /// Orders by bytes.
  public static func < (a: MemorySize, b: MemorySize) -> Bool { a.bytes < b.bytes }
}
