package import VicinalCore

/// Consecutive float rows with their optional int8 companion: the unit that searches scan. A
/// chunk of a flat index is one, and so is an inverted list.
package struct RowBlock: Sendable {
  /// Row-major floats; may view a mapped file.
  package var rows: ByteStorage

  /// The companion, covering all rows, or `nil`.
  package var panels: Int8Panels?

  /// Rows.
  package var count: Int

  /// Floats per row.
  package let dimension: Int

  /// No rows.
  package init(dimension: Int) {
    self.dimension = dimension
    rows = ByteStorage()
    count = 0
  }

  /// Takes existing rows.
  package init(rows: ByteStorage, dimension: Int) {
    self.rows = rows
    self.dimension = dimension
    count = dimension > 0 ? rows.count / (dimension * 4) : 0
  }

  /// Memory held, mapped files not counted.
  package var byteCount: Int { rows.capacity + (panels?.byteCount ?? 0) }

  /// Adds rows; the companion, if there is one, follows.
  ///
  /// - Parameter limit: Rows there will ever be: no room is made for more, so that a full block needs
  ///   no trimming, which would copy it.
  package mutating func append(_ values: Span<Float>, limit: Int = .max, kernels: KernelSet) {
    let first = count
    let needed = rows.count + values.count * 4
    if needed > rows.capacity, limit < .max {
      rows.reserve(max(needed, min(limit * dimension * 4, rows.count * 3 / 2)))
    }
    rows.append(values)
    count += values.count / dimension
    updatePanels(from: first, kernels: kernels)
  }

  /// Adds chosen rows of a batch; the companion, if there is one, follows.
  package mutating func append(
    _ vectors: borrowing VectorBatch, rows chosen: ArraySlice<Int32>, kernels: KernelSet
  ) {
    let first = count
    rows.reserve(rows.count + chosen.count * dimension * 4, slack: 8)
    for row in chosen { rows.append(vectors.row(Int(row))) }
    count += chosen.count
    updatePanels(from: first, kernels: kernels)
  }

  /// Quantises from row `first` on, and drops the companion if a row is beyond its arithmetic.
  package mutating func updatePanels(from first: Int, kernels: KernelSet) {
    guard panels != nil else { return }
    let known = panels?.count ?? 0
    panels?.update(rows: rows, from: min(first, known), count: count, kernels: kernels)
  }

  /// Builds or discards the companion.
  package mutating func setPanels(_ empty: Int8Panels?, kernels: KernelSet) {
    panels = empty
    updatePanels(from: 0, kernels: kernels)
  }

  /// Copies row `index` to the end of `output`.
  package func appendRow(_ index: Int, to output: inout [Float]) {
    let start = index * dimension
    for column in 0..<dimension { output.append(rows.float(at: start + column)) }
  }

  /// Gives back memory that growing left unused.
  package mutating func trim() {
    rows.trim()
    panels?.trim()
  }

  /// Keeps the rows for which `isKept` holds, in order.
  package mutating func filterRows(kernels: KernelSet, isKept: (Int) -> Bool) {
    let bytes = dimension * 4
    var kept = 0
    var firstMoved = count
    for row in 0..<count where isKept(row) {
      if kept != row {
        firstMoved = min(firstMoved, kept)
        rows.move(from: row * bytes, to: kept * bytes, length: bytes)
      }
      kept += 1
    }
    guard kept < count else { return }
    count = kept
    rows.resize(to: kept * bytes)
    updatePanels(from: min(firstMoved, kept), kernels: kernels)
  }
}
