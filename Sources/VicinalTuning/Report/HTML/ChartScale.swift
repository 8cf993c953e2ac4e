import Foundation

/// Maps values of an axis to coordinates.
struct ChartScale: Sendable {
  /// Lowest and highest position on the axis, in its own measure.
  let low: Double
  let high: Double
  /// Coordinates of those.
  let start: Double
  let end: Double
  /// Values that get a line and a text.
  let ticks: [(value: Double, label: String)]
  private let position: @Sendable (Double) -> Double

  /// The coordinate of a value; values beyond the ends stay at the ends.
  func callAsFunction(_ value: Double) -> Double {
    let share = high > low ? (position(value) - low) / (high - low) : 0.5
    return start + min(max(share, 0), 1) * (end - start)
  }

  /// Whether a value lies on the axis.
  func contains(_ value: Double) -> Bool { (low...high).contains(position(value)) }

  /// A logarithmic axis of milliseconds; ticks at powers of ten, and between them where there is room.
  static func time(_ values: [Double], from start: Double, to end: Double) -> ChartScale {
    let least = log10(max(values.min() ?? 0.1, 1e-6))
    let most = log10(max(values.max() ?? 1, 1e-6))
    // At least half a decade, and some room beside the outermost points.
    let spread = max(most - least, 0.5)
    let middle = (least + most) / 2
    let (low, high) = (middle - spread * 0.55, middle + spread * 0.55)
    var ticks: [(value: Double, label: String)] = []
    let factors: [Double] =
      spread > 2.5 ? [1] : spread > 1.2 ? [1, 3] : spread > 0.7 ? [1, 2, 5] : [1, 2, 3, 5, 7]
    for power in Int(low.rounded(.down))...Int(high.rounded(.up)) {
      for factor in factors {
        let value = factor * pow(10, Double(power))
        guard (low...high).contains(log10(value)) else { continue }
        ticks.append((value, label(value)))
      }
    }
    return ChartScale(low: low, high: high, start: start, end: end, ticks: ticks) {
      log10(max($0, 1e-12))
    }
  }

  /// An axis of shares that stretches towards 1: each step takes away most of what is missing.
  static func recall(_ values: [Double], from start: Double, to end: Double) -> ChartScale {
    let named: [(value: Double, label: String)] = [
      (0, "0 %"), (0.5, "50 %"), (0.8, "80 %"), (0.9, "90 %"), (0.95, "95 %"), (0.98, "98 %"),
      (0.99, "99 %"), (0.998, "99.8 %"), (1, "100 %"),
    ]
    let least = values.min() ?? 0
    let floor = named.last { $0.value <= least && $0.value < 0.99 }?.value ?? 0
    return ChartScale(
      low: nines(floor), high: nines(1), start: start, end: end,
      ticks: named.filter { $0.value >= floor }, position: nines)
  }

  /// How many nines a share has; all of them count as three.
  private static let nines: @Sendable (Double) -> Double = { share in
    -log10(min(max(1 - share, 0.001), 1))
  }

  private static func label(_ value: Double) -> String {
    value < 0.995 ? String(format: "%g", value) : String(format: "%.0f", value)
  }

  private init(
    low: Double, high: Double, start: Double, end: Double,
    ticks: [(value: Double, label: String)], position: @escaping @Sendable (Double) -> Double
  ) {
    (self.low, self.high, self.start, self.end) = (low, high, start, end)
    self.ticks = ticks
    self.position = position
  }
}
