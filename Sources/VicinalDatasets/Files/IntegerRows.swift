public import VicinalCore

/// Rows of integers in memory: ids, or the true neighbours of queries for measuring recall.
public struct IntegerRows: Sendable, Equatable {
  /// All rows, one after the other.
  public let values: [Int64]

  /// Integers in a row; 1 for a plain list of ids.
  public let columns: Int

  /// Rows.
  public let count: Int

  /// Reads a `.npy` file of integers with one or two axes, or an `.ivecs` or `.bvecs` file.
  ///
  /// - Throws: ``IndexError/Code/unsupported`` if the file holds floating-point numbers or an
  ///   integer above `Int64.max`; otherwise as ``VectorFile/init(path:)``.
  /// - Complexity: The whole file is held, with 8 bytes per integer.
  public init(path: String) throws(IndexError) {
    let file = try VectorFile(opening: path)
    // Also when there are no rows to find it out from.
    guard file.element.isInteger else {
      throw IndexError(
        .unsupported, "\(path) holds elements of type \(file.element.name), expected integers")
    }
    var values: [Int64] = []
    values.reserveCapacity(try checkedProduct(file.count, file.dimension, of: path))
    for row in 0..<file.count { values += try file.integers(row) }
    self.values = values
    columns = file.dimension
    count = file.count
  }

  /// Row `index`, 0 ..< `count`.
  public subscript(index: Int) -> ArraySlice<Int64> {
    values[index * columns..<(index + 1) * columns]
  }
}
