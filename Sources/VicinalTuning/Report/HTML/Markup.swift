import Foundation

/// A piece of a page. Texts that are interpolated are escaped, so that no name of a file or warning
/// can become markup; only literals and other pieces are taken as they are.
struct Markup: Sendable, Equatable, ExpressibleByStringInterpolation {
  /// What stands in the page.
  var text: String

  init(stringLiteral value: String) { text = value }

  init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

  /// Pieces one after the other, a line each.
  init(joining pieces: [Markup]) { text = pieces.map(\.text).joined(separator: "\n") }

  /// Nothing.
  static let none: Markup = ""

  static func + (a: Markup, b: Markup) -> Markup {
    var sum = a
    sum.text += b.text
    return sum
  }

  static func += (a: inout Markup, b: Markup) { a.text += b.text }

  /// A text as character data or as the value of an attribute, in HTML and XML.
  static func escaped(_ text: some StringProtocol) -> String {
    var output = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      case "\t", "\n": output.unicodeScalars.append(scalar)
      // XML has no place for other control characters, nor for the last two code points.
      case "\0"..<" ", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": output += "\u{FFFD}"
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  /// Collects literals as they are and escapes texts.
  struct StringInterpolation: StringInterpolationProtocol {
    var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }

    mutating func appendInterpolation(_ value: some StringProtocol) {
      text += Markup.escaped(value)
    }

    mutating func appendInterpolation(_ value: Markup) { text += value.text }

    mutating func appendInterpolation(_ pieces: [Markup]) {
      text += Markup(joining: pieces).text
    }

    mutating func appendInterpolation(_ value: Int) { text += String(value) }

    /// A coordinate with one decimal.
    mutating func appendInterpolation(_ value: Double) {
      text += String(format: "%.1f", value.isFinite ? value : 0)
    }
  }
}
