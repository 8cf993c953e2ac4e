import VicinalCompute
import VicinalCore

/// How training finds the range of values. The argument is called r here; raw values are faiss's
/// numbers (`RangeStat`).
public enum RangeStatistic: Int32, Sendable, CaseIterable {
  /// From the smallest value to the largest, widened by r times the width on both sides.
  case minMax = 0
  /// The mean, r standard deviations to both sides.
  case meanDeviation = 1
  /// From the r-quantile to the (1 − r)-quantile.
  case quantiles = 2
  /// The range whose steps fit the sample with the least squared error; takes no argument.
  case optimal = 3

  /// The range of some values.
  ///
  /// - Parameters:
  ///   - values: At least one finite value; may be reordered.
  ///   - argument: r.
  ///   - steps: Numbers that a range is cut into, 2^bits.
  /// - Returns: The lower end and the width.
  func range(of values: inout [Float], argument: Float, steps: Int) -> (low: Float, width: Float) {
    let (low, high): (Float, Float)
    switch self {
    case .minMax: (low, high) = Self.widened(extremes(values), by: argument)
    case .meanDeviation: (low, high) = Self.deviation(values, argument)
    case .quantiles: (low, high) = Self.quantiles(&values, argument)
    case .optimal: (low, high) = Self.optimum(values, steps: steps)
    }
    return (low, high - low)
  }

  /// The range of minMax from the extremes.
  static func widened(
    _ extremes: (low: Float, high: Float), by argument: Float
  ) -> (Float, Float) {
    let more = (extremes.high - extremes.low) * argument
    return (extremes.low - more, extremes.high + more)
  }

  private static func deviation(_ values: [Float], _ argument: Float) -> (Float, Float) {
    var sum = 0.0
    var squares = 0.0
    for value in values {
      sum += Double(value)
      squares += Double(value) * Double(value)
    }
    let count = Double(values.count)
    let mean = sum / count
    let variance = squares / count - mean * mean
    let deviation = variance <= 0 ? 1 : variance.squareRoot()
    return (
      Float(mean - deviation * Double(argument)), Float(mean + deviation * Double(argument))
    )
  }

  private static func quantiles(_ values: inout [Float], _ argument: Float) -> (Float, Float) {
    values.sort()
    let cut = argument * Float(values.count)
    var skipped = cut > 0 ? Int(min(cut, Float(values.count))) : 0
    if skipped > values.count - skipped { skipped = values.count / 2 }
    skipped = min(skipped, values.count - 1)
    return (values[skipped], values[values.count - 1 - skipped])
  }

  /// Alternates between rounding every value to a step and fitting the steps a·n + b to the values
  /// by least squares, until nothing changes.
  private static func optimum(_ values: [Float], steps: Int) -> (Float, Float) {
    let (low, high) = extremes(values)
    guard high > low else { return (low, high) }
    let last = Double(steps - 1)
    let count = Double(values.count)
    var b = Double(low)
    var a = (Double(high) - Double(low)) / last
    var total = 0.0
    for value in values { total += Double(value) }
    for _ in 0..<2000 {
      var n = 0.0
      var nn = 0.0
      var xn = 0.0
      for value in values {
        let step = min(max(((Double(value) - b) / a + 0.5).rounded(.down), 0), last)
        n += step
        nn += step * step
        xn += step * Double(value)
      }
      let determinant = n * n - nn * count
      guard determinant != 0 else { break }
      let next = ((n * total - count * xn) / determinant, (n * xn - nn * total) / determinant)
      guard next.0 > 0, next != (a, b) else { break }
      (a, b) = next
    }
    return (Float(b), Float(b + a * last))
  }
}

/// The smallest and the largest of some values.
func extremes(_ values: [Float]) -> (low: Float, high: Float) {
  var low = Float.infinity
  var high = -Float.infinity
  for value in values {
    low = min(low, value)
    high = max(high, value)
  }
  return (low, high)
}
