import VicinalCore

/// Kinds of data that searches must get right; most of them break a careless error bound.
package enum DataShape: String, Sendable, CaseIterable {
  /// Uniform in −1 … 1.
  case uniform
  /// Clusters on a low-dimensional manifold, as embeddings are.
  case clustered
  /// Small integers: many exactly equal distances.
  case integers
  /// All rows the same: every distance is a tie.
  case constant
  /// One row 10⁶ times larger than the others.
  case outlier
  /// In every row one coordinate 10⁴ times larger than the others.
  case spikes
  /// Magnitudes around 10⁻²⁰, whose squares leave the normal float range.
  case tiny
  /// Small noise on an offset of 10⁴.
  case offset
  /// Every third row is zero.
  case zeros
  /// Magnitudes around 10¹², whose squares are far from those of queries near 1.
  case large

  /// Rows of this shape; the same for the same arguments on every machine.
  package func make(_ count: Int, dimension: Int, seed: UInt64) -> Vectors {
    var generator = SplitMix64(seed: SplitMix64.mix(seed ^ UInt64(dimension) << 32))
    var values: [Float] = []
    values.reserveCapacity(count * dimension)
    for row in 0..<count { values += self.row(row, of: count, dimension, &generator) }
    return Vectors(
      values, dimension: dimension,
      description: "\(rawValue) data, \(count) × \(dimension), seed \(seed)")
  }

  private func row(
    _ row: Int, of count: Int, _ dimension: Int, _ generator: inout SplitMix64
  ) -> [Float] {
    func floats(_ value: () -> Float) -> [Float] { (0..<dimension).map { _ in value() } }
    switch self {
    case .uniform: return floats { generator.uniform(-1, 1) }
    case .clustered: return Self.clusteredRow(dimension, &generator)
    case .integers: return floats { Float(generator.integer(below: 4)) }
    case .constant: return (0..<dimension).map { 0.25 * Float($0 % 7) - 0.3 }
    case .outlier:
      let scale: Float = row == count / 2 ? 1e6 : 1
      return floats { scale * generator.normal() }
    case .spikes:
      var values = floats { generator.normal() }
      values[generator.integer(below: dimension)] *= 1e4
      return values
    case .tiny: return floats { 1e-20 * generator.normal() }
    case .offset: return floats { 1e4 + 0.01 * generator.normal() }
    case .zeros: return row % 3 == 0 ? floats { 0 } : floats { generator.normal() }
    case .large: return floats { 1e12 * generator.normal() }
    }
  }

  /// One of 16 centres plus noise along 4 fixed directions, all of them independent of the seed,
  /// so that rows and queries of different seeds belong together.
  private static func clusteredRow(_ dimension: Int, _ generator: inout SplitMix64) -> [Float] {
    let cluster = UInt64(generator.integer(below: 16))
    let weights = (0..<4).map { _ in generator.normal() }
    return (0..<dimension).map { column in
      var value = hashed(cluster, column)
      for (axis, weight) in weights.enumerated() {
        value += 0.3 * weight * hashed(UInt64(100 + axis), column)
      }
      return value + 0.02 * generator.normal()
    }
  }

  private static func hashed(_ stream: UInt64, _ column: Int) -> Float {
    var generator = SplitMix64(seed: stream << 32 | UInt64(column))
    return generator.normal()
  }
}
