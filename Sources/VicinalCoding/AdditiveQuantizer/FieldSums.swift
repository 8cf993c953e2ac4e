import VicinalCompute
import VicinalCore

/// Sums of table entries over codes of numbers of different widths. If no number lies across two
/// bytes, tables are folded to tables of whole bytes, for which there are faster kernels.
final class FieldSums {
  private let fields: AdditiveFields
  /// Of whole bytes, if numbers allow that.
  private let bytes: CodeSums?
  /// Tables as they are filled.
  private var tables: [Float]
  /// 256 floats per byte.
  private var folded: [Float] = []

  /// - Parameters:
  ///   - bits: Of each number.
  ///   - starts: Where the table of each number begins.
  ///   - last: The table of the last number, if that never changes, otherwise empty.
  ///   - hasFloat: Whether a float behind the numbers is added.
  init(bits: [Int], starts: [Int], last: [Float], codeSize: Int, hasFloat: Bool) {
    fields = AdditiveFields(bits: bits, starts: starts, codeSize: codeSize, hasFloat: hasFloat)
    tables = [Float](repeating: 0, count: fields.entryCount + SubspaceCentroids.stride(count: 1))
    if !last.isEmpty {
      let start = starts[starts.count - 1]
      for (place, value) in last.enumerated() { tables[start + place] = value }
    }
    var bit = 0
    let isAligned = bits.allSatisfy { width in
      defer { bit += width }
      return bit % 8 + width <= 8
    }
    let count = (bit + 7) / 8
    bytes = isAligned && !hasFloat ? CodeSums(fields: count, bits: 8, codeSize: codeSize) : nil
    if bytes != nil { folded = [Float](repeating: 0, count: count * 256) }
  }

  /// Lets the tables be filled.
  func fill(_ body: (inout MutableSpan<Float>) -> Void) {
    var span = tables.mutableSpan
    body(&span)
    if bytes != nil { fold() }
  }

  private func fold() {
    for place in folded.indices { folded[place] = 0 }
    var bit = 0
    for (field, width) in fields.bits.enumerated() {
      let (start, byte, shift) = (fields.starts[field], bit / 8 * 256, bit % 8)
      let mask = 1 << width - 1
      for value in 0..<256 { folded[byte + value] += tables[start + (value >> shift & mask)] }
      bit += width
    }
  }

  func sum(
    _ codes: RawSpan, count: Int, bias: Float, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    let tables = bytes == nil ? tables : folded
    if let bytes {
      bytes.scan(
        codes, tables: tables.span, bias: bias, count: count, kernels: kernels, into: &values)
    } else {
      fields.sum(
        codes, tables: tables.span, bias: bias, count: count, kernels: kernels, into: &values)
    }
  }

  func sum(
    _ codes: RawSpan, rows: Span<Int32>, bias: Float, kernels: KernelSet,
    into values: inout MutableSpan<Float>
  ) {
    let tables = bytes == nil ? tables : folded
    if let bytes {
      bytes.scan(
        codes, rows: rows, tables: tables.span, bias: bias, kernels: kernels, into: &values)
    } else {
      fields.sum(
        codes, rows: rows, tables: tables.span, bias: bias, kernels: kernels, into: &values)
    }
  }
}
