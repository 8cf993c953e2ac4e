import Foundation

/// Numbers as the report shows them; lines are not broken between a number and its unit.
enum ReportNumber {
  /// A share as a percentage: `97.3 %`, with another decimal above 99 %.
  static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "–" }
    let digits = share > 0.99 && share < 1 ? 2 : 1
    // Rounding must not turn nearly all into all.
    let shown = share < 1 ? min(share, 0.9999) : 1
    return String(format: "%.\(digits)f\u{A0}%%", shown * 100)
  }

  /// Milliseconds with three significant digits: `0.0123 ms`, `1.23 ms`, `123 ms`.
  static func milliseconds(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    return significant(value) + "\u{A0}ms"
  }

  /// Three significant digits without an exponent.
  static func significant(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    switch value.magnitude {
    case 0: return "0"
    case ..<0.1: return String(format: "%.4f", value)
    case ..<1: return String(format: "%.3f", value)
    case ..<10: return String(format: "%.2f", value)
    case ..<100: return String(format: "%.1f", value)
    default: return String(format: "%.0f", value)
    }
  }

  /// Bytes: `52.5 MB`. Units are powers of 1024, as everywhere else in Vicinal.
  static func bytes(_ count: Int) -> String {
    var text = MemorySize(bytes: count).description
    let unit = text.drop { !$0.isLetter }
    text.removeLast(unit.count)
    return unit == "B" ? "\(count) bytes" : "\(text)\u{A0}\(unit)"
  }

  /// Wall time: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.
  static func seconds(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e9 else { return "–" }
    if value < 0.1 { return String(format: "%.3f\u{A0}s", value) }
    if value < 10 { return String(format: "%.1f\u{A0}s", value) }
    let whole = Int(value.rounded())
    if whole < 60 { return "\(whole)\u{A0}s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// A whole number with thin spaces between groups of three digits.
  static func whole(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var text = value < 0 ? "−" : ""
    for (place, digit) in digits.enumerated() {
      if place > 0, (digits.count - place).isMultiple(of: 3) { text += "\u{202F}" }
      text.append(digit)
    }
    return text
  }
}
