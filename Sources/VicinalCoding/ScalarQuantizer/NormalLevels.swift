import Foundation

/// The levels that keep a normal variable of variance 1 with the least squared error.
///
/// Max, "Quantizing for minimum distortion", IRE Transactions on Information Theory, 1960. Every
/// level is the mean of its cell, and every boundary is halfway between two levels; Newton's method
/// on the positive half solves this in a few rounds where Lloyd's iteration needs thousands.
enum NormalLevels {
  /// 2^bits ascending levels, then the 2^bits − 1 boundaries between them, times `scale`: the
  /// layout of faiss's `trained`.
  static func trained(bits: Int, scale: Double) -> [Float] {
    let half = positive(count: 1 << (bits - 1))
    let levels = half.reversed().map { -$0 } + half
    let bounds = (1..<levels.count).map { (levels[$0 - 1] + levels[$0]) / 2 }
    return (levels + bounds).map { Float($0 * scale) }
  }

  /// The positive levels, ascending.
  private static func positive(count: Int) -> [Double] {
    // With many levels their density follows a normal distribution of variance 3.
    var levels = (0..<count).map { index in
      3.0.squareRoot() * quantile(0.5 + (Double(index) + 0.5) / Double(2 * count))
    }
    for _ in 0..<50 {
      let step = newtonStep(levels)
      for index in levels.indices { levels[index] -= step[index] }
      if (step.map { abs($0) }.max() ?? 0) < 1e-13 { break }
    }
    return levels
  }

  /// Solves J · step = levels − means of their cells, J being tridiagonal.
  private static func newtonStep(_ levels: [Double]) -> [Double] {
    let count = levels.count
    var above = [Double](repeating: 0, count: count)
    var right = above
    for index in 0..<count {
      let low = index == 0 ? 0 : (levels[index - 1] + levels[index]) / 2
      let high = index == count - 1 ? Double.infinity : (levels[index] + levels[index + 1]) / 2
      let mass = tail(low) - tail(high)
      let mean = (density(low) - density(high)) / mass
      let byHigh = high.isInfinite ? 0 : density(high) * (high - mean) / mass / 2
      let byLow = index == 0 ? 0 : density(low) * (mean - low) / mass / 2
      // One step of eliminating what lies below the diagonal.
      var diagonal = 1 - byHigh - byLow
      right[index] = levels[index] - mean
      if index > 0 {
        diagonal += byLow * above[index - 1]
        right[index] += byLow * right[index - 1]
      }
      above[index] = -byHigh / diagonal
      right[index] /= diagonal
    }
    for index in (0..<count - 1).reversed() { right[index] -= above[index] * right[index + 1] }
    return right
  }

  private static func density(_ x: Double) -> Double {
    exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  }

  /// The probability of values above `x`.
  private static func tail(_ x: Double) -> Double { erfc(x / 2.0.squareRoot()) / 2 }

  /// The value below which a part `p` ≥ ½ lies, by bisection.
  private static func quantile(_ p: Double) -> Double {
    var (low, high) = (0.0, 10.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if 1 - tail(middle) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
