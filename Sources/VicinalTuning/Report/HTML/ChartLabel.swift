/// The name of a curve in the margin, with a thin line to the curve's end.
struct ChartLabel: Sendable {
  let text: String
  let style: Markup
  /// Where the curve ends.
  let anchor: (x: Double, y: Double)
  /// Where the text stands.
  var y: Double

  /// Longest name that fits the margin of the wide chart.
  static let mostCharacters = 28

  /// Names beside the ends of curves, moved apart so that they do not overlap.
  static func placed(
    _ curves: [ReportCurve], time: ChartScale, recall: ChartScale, lineHeight: Double,
    within bounds: ClosedRange<Double>, isWide: Bool
  ) -> [ChartLabel] {
    var labels = curves.compactMap { curve -> ChartLabel? in
      guard let last = curve.front.last else { return nil }
      let name = shortened(curve.label)
      let text =
        !isWide
        ? String(curve.number)
        : curve.role == .measured ? "\(name), measured" : "\(curve.number)  \(name)"
      return ChartLabel(
        text: text, style: curve.style,
        anchor: (time(last.milliseconds), recall(last.recall)), y: recall(last.recall))
    }
    labels.sort { ($0.anchor.y, $0.anchor.x) < ($1.anchor.y, $1.anchor.x) }
    // Down first, each below the one before; then up again where the last ones fell off.
    var free = bounds.lowerBound
    for place in labels.indices {
      labels[place].y = max(labels[place].y, free)
      free = labels[place].y + lineHeight
    }
    free = bounds.upperBound
    for place in labels.indices.reversed() {
      labels[place].y = min(labels[place].y, free)
      free = labels[place].y - lineHeight
    }
    return labels
  }

  /// The text behind the right end of the chart, and the line that leads to it.
  func markup(to edge: Double) -> Markup {
    """
    <path class="lead" d="M\(anchor.x + 4) \(anchor.y)L\(edge + 2) \(anchor.y)L\(edge + 10) \(y)"/>\
    <text class="name \(style)" x="\(edge + 14)" y="\(y + 4)">\(text)</text>
    """
  }

  private static func shortened(_ name: String) -> String {
    name.count <= mostCharacters ? name : name.prefix(mostCharacters - 1) + "…"
  }
}
