package import VicinalCore

/// Which rows of a main index count: those that were not changed or deleted since it was built.
///
/// One bit each. A change copies the bits if a search still uses them: 125 kB for a million rows.
package struct LiveRows: Sendable, Equatable {
  private(set) var bits: [UInt8]
  /// Rows, live or not.
  package let rowCount: Int
  /// Live rows.
  package private(set) var count: Int

  /// All rows live, or none.
  package init(_ rowCount: Int, areLive: Bool) {
    self.rowCount = rowCount
    count = areLive ? rowCount : 0
    bits = [UInt8](repeating: areLive ? 0xff : 0, count: (rowCount + 7) / 8)
    // Bits behind the last row stay 0, so that whole bytes can be counted.
    if areLive, rowCount % 8 != 0 { bits[rowCount / 8] = 1 << UInt8(rowCount % 8) - 1 }
  }

  package subscript(row: Int) -> Bool { bits[row / 8] >> UInt8(row % 8) & 1 == 1 }

  /// Makes a row live or not.
  package mutating func set(_ row: Int, _ isLive: Bool) {
    guard self[row] != isLive else { return }
    bits[row / 8] ^= 1 << UInt8(row % 8)
    count += isLive ? 1 : -1
  }

  /// Live rows of a range.
  package func count(in range: Range<Int>) -> Int {
    if range == 0..<rowCount { return count }
    var found = 0
    var row = range.lowerBound
    while row < range.upperBound {
      if row % 8 == 0, row + 8 <= range.upperBound {
        found += bits[row / 8].nonzeroBitCount
        row += 8
      } else {
        if self[row] { found += 1 }
        row += 1
      }
    }
    return found
  }

  /// The live rows as a filter.
  package var filter: IDFilter { .bitmap(bits) }
}
