import VicinalCore

/// Leaves cells out that are much farther from a query than its best one: fewer are visited where the
/// query lies in the middle of a cell, as many as before where it lies between several.
struct CellRatio {
  /// 0 for all cells, 1 for those that are as good as the best.
  let ratio: Float

  /// - Throws: ``IndexError/Code/invalidArgument`` unless it lies within 0…1.
  init(_ ratio: Float) throws(IndexError) {
    guard (0...1).contains(ratio) else {
      throw IndexError(
        .invalidArgument, "cellRatio (ratio) must be 0…1, where 0 visits all cells, got \(ratio)")
    }
    self.ratio = ratio
  }

  /// The value that a cell must reach if the best has a certain one.
  ///
  /// Similarities s of a best s₁ ≥ 0 must be at least ratio · s₁. Below 0, where a smaller magnitude is
  /// better, s₁ / s must be at least the ratio; so must it for distances.
  func limit(_ best: Float, _ metric: Metric) -> Float {
    metric.isSimilarity && best >= 0 ? ratio * best : best / ratio
  }

  /// Replaces the cells that are left out by −1; the best of each query stays.
  ///
  /// - Parameters:
  ///   - cells: `probes` for each query, best first.
  ///   - metric: How queries and cells were compared.
  func thin(_ cells: inout Neighbors, probes: Int, metric: Metric) {
    guard ratio > 0, probes > 1 else { return }
    for start in stride(from: 0, to: cells.ids.count, by: probes) {
      let limit = limit(cells.distances[start], metric)
      for place in start + 1..<start + probes
      where metric.isBetter(limit, than: cells.distances[place]) {
        cells.ids[place] = -1
      }
    }
  }
}
