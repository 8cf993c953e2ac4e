package import VicinalCore

/// The ids of the rows of a main index, and the row of each id.
package struct RowIDs: Sendable {
  /// By row.
  let ids: [Int64]
  /// The rows in the order of their ids; `nil` if that is their own order.
  private let order: [Int32]?

  /// - Throws: ``IndexError/Code/corruptFile`` if an id comes twice.
  package init(_ ids: [Int64]) throws(IndexError) {
    self.ids = ids
    if ids.indices.dropFirst().allSatisfy({ ids[$0 - 1] < ids[$0] }) {
      order = nil
      return
    }
    guard let count = Int32(exactly: ids.count) else {
      throw IndexError(.unsupported, "an index of \(ids.count) rows is too large to be merged")
    }
    let sorted = (0..<count).sorted { ids[Int($0)] < ids[Int($1)] }
    for (row, next) in zip(sorted, sorted.dropFirst()) where ids[Int(row)] == ids[Int(next)] {
      throw IndexError(.corruptFile, "the id \(ids[Int(row)]) belongs to two rows")
    }
    order = sorted
  }

  package var count: Int { ids.count }

  package subscript(row: Int) -> Int64 { ids[row] }

  /// The row of an id.
  ///
  /// - Complexity: O(log n).
  package func row(of id: Int64) -> Int? {
    let place = firstPlace(notBelow: id)
    guard place < count, ids[row(at: place)] == id else { return nil }
    return row(at: place)
  }

  /// Whether rows are in the order of their ids.
  package var isAscending: Bool { order == nil }

  /// Where the ids of a range are in the order of ids.
  package func places(of range: ClosedRange<Int64>) -> Range<Int> {
    let last = range.upperBound
    let end = last == .max ? count : firstPlace(notBelow: last + 1)
    return firstPlace(notBelow: range.lowerBound)..<end
  }

  /// The row of the id at a place in the order of ids.
  package func row(at place: Int) -> Int { order.map { Int($0[place]) } ?? place }

  /// The first place in the order of ids whose id is not below one.
  private func firstPlace(notBelow id: Int64) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if ids[row(at: middle)] < id { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
