extension VectorBatch {
  /// Requires the dimension of an index.
  ///
  /// - Parameters:
  ///   - dimension: What the index expects.
  ///   - role: What the batch is for the caller ("queries", "vectors to add"), for the message.
  /// - Throws: ``IndexError/Code/dimensionMismatch``.
  public func requireDimension(_ dimension: Int, of role: String) throws(IndexError) {
    guard self.dimension == dimension else {
      throw IndexError(
        .dimensionMismatch,
        "\(role) have dimension \(self.dimension), but the index has dimension \(dimension)")
    }
  }

  /// Requires that every float is a number, and names the first row that breaks this.
  ///
  /// - Parameters:
  ///   - role: What the batch is for the caller, for the message.
  ///   - offset: Added to the row number in the message when the batch is part of a stream.
  /// - Throws: ``IndexError/Code/notFinite``.
  /// - Complexity: O(count · dimension); the loop has no branch and vectorises.
  public func requireFinite(of role: String, rowOffset offset: Int = 0) throws(IndexError) {
    if let (row, remark) = firstNotFinite() {
      throw IndexError(.notFinite, "row \(row + offset) of the \(role) \(remark)")
    }
  }

  /// The first row that holds something else than finite numbers, and what to say about it.
  package func firstNotFinite() -> (row: Int, remark: String)? {
    for row in 0..<count {
      guard !Self.isFinite(self.row(row)) else { continue }
      let values = self.row(row)
      for column in values.indices where !values[column].isFinite {
        let kind = values[column].isNaN ? "nan" : "\(values[column]) or more than a float can hold"
        return (row, "holds \(kind) at column \(column); remove or repair such rows first")
      }
    }
    return nil
  }

  private static func isFinite(_ row: Span<Float>) -> Bool {
    // As integers, all finite magnitudes order below infinity, and infinity below every NaN.
    var worst: UInt32 = 0
    for index in row.indices {
      let magnitude = row[index].bitPattern & 0x7fff_ffff
      worst = max(worst, magnitude)
    }
    return worst < 0x7f80_0000
  }
}
