package import Foundation
package import VicinalCore

/// The content of a flat faiss index file (`IxF2`, `IxFI`, `IxFl`), read in the plainest way:
/// enough for tests of search, with no claim to check what it reads.
package struct FlatFile: Sendable {
  package let metric: Metric
  package let vectors: Vectors

  package init(_ data: Data) throws {
    let code = String(decoding: data.prefix(4), as: UTF8.self)
    guard ["IxF2", "IxFI", "IxFl"].contains(code) else {
      throw IndexError(.corruptFile, "not a flat index: \(code)")
    }
    var at = 4
    func number<T: FixedWidthInteger>(_ type: T.Type) -> T {
      defer { at += T.bitWidth / 8 }
      return data[at..<at + T.bitWidth / 8].reversed().reduce(T.zero) { $0 << 8 | T($1) }
    }
    let dimension = Int(Int32(bitPattern: number(UInt32.self)))
    let count = Int(number(UInt64.self))
    at += 16 + 1
    let metricCode = Int32(bitPattern: number(UInt32.self))
    let argument = metricCode > 1 ? Float(bitPattern: number(UInt32.self)) : 0
    metric = try Metric(faissCode: metricCode, argument: argument)
    let floats = Int(number(UInt64.self))
    guard floats == count * dimension, data.count == at + floats * 4 else {
      throw IndexError(
        .corruptFile, "\(count) × \(dimension) vectors, \(floats) floats, \(data.count) bytes")
    }
    let values = (0..<floats).map { _ in Float(bitPattern: number(UInt32.self)) }
    vectors = Vectors(values, dimension: dimension, description: "vectors of a \(code) file")
  }
}
