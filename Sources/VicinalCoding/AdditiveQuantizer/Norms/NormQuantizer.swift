package import VicinalCore

/// How the squared norm of a decoded vector is kept in its code: section 4.3 of the format document.
package struct NormQuantizer: Sendable, Equatable {
  /// What codes hold.
  package let type: AdditiveSearchType

  /// Smallest and largest norm seen in training, NaN before. faiss: `norm_min`, `norm_max`.
  package var least = Float.nan
  package var largest = Float.nan

  /// The norm that each number stands for, where that is a table. faiss: `qnorm`.
  package var levels: [Float] = []

  /// Two tables of 16 whose sums are the levels. faiss: `norm_tabs`.
  package var partLevels: [Float] = []

  package init(_ type: AdditiveSearchType) { self.type = type }

  /// Takes over what a file holds.
  ///
  /// - Throws: ``IndexError/Code/corruptFile`` if a table has another length than its type has;
  ///   empty ones are those of an untrained quantizer.
  package init(
    _ type: AdditiveSearchType, least: Float, largest: Float, levels: [Float],
    partLevels: [Float]
  ) throws(IndexError) {
    guard levels.isEmpty || levels.count == type.levelCount,
      partLevels.isEmpty || partLevels.count == type.partLevelCount
    else {
      throw IndexError(
        .corruptFile,
        "norms of type \(type.rawValue) have tables of \(type.levelCount) and"
          + " \(type.partLevelCount) floats, found \(levels.count) and \(partLevels.count)")
    }
    self.init(type)
    (self.least, self.largest) = (least, largest)
    (self.levels, self.partLevels) = (levels, partLevels)
  }

  /// Whether norms can be encoded.
  var isTrained: Bool {
    switch type {
    case .decoding, .withoutNorm, .computedNorm, .float: true
    case .uniform4, .uniform8: !least.isNaN && !largest.isNaN
    default: levels.count == type.levelCount
    }
  }

  /// What each number stands for; empty for floats and without norms.
  func table() -> [Float] {
    switch type {
    case .decoding, .withoutNorm, .computedNorm, .float: return []
    case .uniform4, .uniform8:
      let count = 1 << type.normBits
      let width = largest - least
      return (0..<count).map { (Float($0) + 0.5) / Float(count) * width + least }
    default: return levels
    }
  }

  /// What a code holds for a norm.
  func encode(_ norm: Float, order: [Int]) -> UInt32 {
    switch type {
    case .decoding, .withoutNorm, .computedNorm: return 0
    case .float: return norm.bitPattern
    case .uniform4, .uniform8:
      let count = Float(1 << type.normBits)
      let place = ((norm - least) / (largest - least) * count).rounded(.down)
      // Without a width everything is the first level.
      return place > 0 ? UInt32(min(place, count - 1)) : 0
    default: return UInt32(nearestLevel(to: norm, order))
    }
  }

  /// Numbers of the levels in ascending order of their norms.
  func order() -> [Int] {
    levels.indices.sorted { (levels[$0], $0) < (levels[$1], $1) }
  }

  private func nearestLevel(to norm: Float, _ order: [Int]) -> Int {
    var (low, high) = (0, order.count)
    while low < high {
      let middle = (low + high) / 2
      if levels[order[middle]] < norm { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return order.first ?? 0 }
    guard low < order.count else { return order[order.count - 1] }
    let (below, above) = (order[low - 1], order[low])
    return norm - levels[below] <= levels[above] - norm ? below : above
  }
}
