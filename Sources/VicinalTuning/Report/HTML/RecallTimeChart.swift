/// The chart of recall against time: a thin curve for every candidate, a strong one for the
/// finished index, and a ring around the setting that its file holds.
struct RecallTimeChart: Sendable {
  let curves: [ReportCurve]
  let final: ReportCurve.Point?
  let targetRecall: Double?
  let limit: Double?

  /// Wide charts name curves at their end; narrow ones only number them, as the table does.
  enum Size: String, CaseIterable {
    case wide, narrow
  }

  /// More names than this do not fit beside the chart.
  static let mostCurves = 30

  init(_ infos: IndexInfos) {
    let all = ReportCurve.all(of: infos)
    // The best of the others stay; the chosen one is drawn in any case.
    let others = all.filter { $0.role == .other }
      .sorted { $0.best < $1.best }.suffix(Self.mostCurves)
    curves = others + all.filter { $0.role != .other }
    final = infos.finalPoint
    targetRecall = infos.bounds?.targetRecall ?? infos.selection?.targetRecall
    limit = infos.bounds?.queryMilliseconds
  }

  /// Both sizes; the style sheet shows the one that fits.
  var markup: Markup {
    Markup(joining: Size.allCases.map { Drawing(chart: self, size: $0).markup })
  }

  /// One size of the chart.
  private struct Drawing {
    let chart: RecallTimeChart
    let size: Size
    let width: Double
    let height: Double
    let time: ChartScale
    let recall: ChartScale
    let labels: [ChartLabel]

    init(chart: RecallTimeChart, size: Size) {
      self.chart = chart
      self.size = size
      let isWide = size == .wide
      let lineHeight = isWide ? 17.0 : 15.0
      let named = chart.curves.filter { isWide || $0.number > 0 }
      width = isWide ? 920 : 340
      height = max(isWide ? 440 : 330, Double(named.count) * lineHeight + 90)
      let points = chart.curves.flatMap(\.points)
      var times = points.map(\.milliseconds)
      // A limit far away would squeeze the curves; the text says where it is.
      if let limit = chart.limit, let most = times.max(), limit > 0, limit < 4 * most {
        times.append(limit)
      }
      let (left, right) = isWide ? (64.0, 670.0) : (50.0, 308.0)
      let (top, bottom) = (28.0, height - 46)
      time = ChartScale.time(times, from: left, to: right)
      recall = ChartScale.recall(points.map(\.recall), from: bottom, to: top)
      labels = ChartLabel.placed(
        named, time: time, recall: recall, lineHeight: lineHeight, within: top...bottom,
        isWide: isWide)
    }

    var markup: Markup {
      """
      <svg class="chart \(size.rawValue)" viewBox="0 0 \(width) \(height)" role="img" \
      aria-label="Recall at 10 against milliseconds per query">
      \(grid)
      \(bounds)
      \(chart.curves.map(curve))
      \(labels.map { $0.markup(to: time.end) })
      \(final)
      </svg>
      """
    }

    private var grid: Markup {
      let (left, right, top, bottom) = (time.start, time.end, recall.end, recall.start)
      let rows = recall.ticks.map { tick -> Markup in
        let y = recall(tick.value)
        return """
          <line class="grid" x1="\(left)" y1="\(y)" x2="\(right)" y2="\(y)"/>\
          <text class="tick" x="\(left - 8)" y="\(y + 4)" text-anchor="end">\(tick.label)</text>
          """
      }
      let columns = time.ticks.map { tick -> Markup in
        let x = time(tick.value)
        return """
          <line class="grid" x1="\(x)" y1="\(top)" x2="\(x)" y2="\(bottom)"/>\
          <text class="tick" x="\(x)" y="\(bottom + 18)" text-anchor="middle">\(tick.label)</text>
          """
      }
      return """
        \(rows)
        \(columns)
        <text class="axis" x="\(left - 8)" y="14" text-anchor="start">recall@10</text>
        <text class="axis" x="\(right)" y="\(bottom + 38)" text-anchor="end">\
        milliseconds per query (log scale)</text>
        """
    }

    /// What was asked for.
    private var bounds: Markup {
      var lines: Markup = .none
      let (left, right, top, bottom) = (time.start, time.end, recall.end, recall.start)
      if let target = chart.targetRecall, target > 0, recall.contains(target) {
        let y = recall(target)
        lines += """
          <line class="bound" x1="\(left)" y1="\(y)" x2="\(right)" y2="\(y)"/>\
          <text class="bound-text" x="\(left + 6)" y="\(y - 5)">\
          target \(ReportNumber.percent(target))</text>
          """
      }
      if let limit = chart.limit, limit > 0, time.contains(limit) {
        let x = time(limit)
        lines += """
          <line class="bound" x1="\(x)" y1="\(top)" x2="\(x)" y2="\(bottom)"/>\
          <text class="bound-text" x="\(x - 6)" y="\(bottom - 8)" text-anchor="end">\
          limit \(ReportNumber.milliseconds(limit))</text>
          """
      }
      return lines
    }

    private func curve(_ curve: ReportCurve) -> Markup {
      let places = curve.points.map { (time($0.milliseconds), recall($0.recall)) }
      let line = curve.front.map { point -> Markup in
        "\(time(point.milliseconds)),\(recall(point.recall))"
      }.map(\.text).joined(separator: " ")
      let dots = zip(curve.points, places).map { point, place -> Markup in
        """
        <circle class="dot" cx="\(place.0)" cy="\(place.1)" r="\(curve.radius)">\
        <title>\(tooltip(curve, point))</title></circle>
        """
      }
      return """
        <g class="curve \(curve.style)"><polyline points="\(line)"/>
        \(dots)</g>
        """
    }

    private func tooltip(_ curve: ReportCurve, _ point: ReportCurve.Point) -> String {
      let setting = point.parameters.isEmpty ? "" : " \(point.parameters)"
      return "\(curve.label)\(setting): \(ReportNumber.percent(point.recall)) in "
        + ReportNumber.milliseconds(point.milliseconds)
        + (curve.role == .measured ? ", measured" : ", predicted")
    }

    /// The setting in the file, named beside its ring on the side that has room.
    private var final: Markup {
      guard let point = chart.final else { return .none }
      let (x, y) = (time(point.milliseconds), recall(point.recall))
      let isLeft = x - time.start > (time.end - time.start) / 2
      let anchor = isLeft ? "end" : "start"
      let textX = isLeft ? x - 12 : x + 12
      // Curves rise to the right, so there is room below right and above left.
      let above = y - 14 > recall.end + 12
      let textY = isLeft && above ? y - 14 : min(y + 22, recall.start - 6)
      let setting = point.parameters.isEmpty ? "built index" : point.parameters
      let figures =
        size == .wide
        ? " · \(ReportNumber.percent(point.recall)) · "
          + ReportNumber.milliseconds(point.milliseconds) : ""
      return """
        <circle class="ring" cx="\(x)" cy="\(y)" r="8"/>
        <text class="final" x="\(textX)" y="\(textY)" text-anchor="\(Markup(stringLiteral: anchor))">\
        \(setting + figures)</text>
        """
    }
  }
}

extension ReportCurve {
  /// Best recall of the curve.
  fileprivate var best: Double { points.map(\.recall).max() ?? 0 }

  fileprivate var radius: Double { role == .measured ? 4 : 2.5 }

  /// The class of the style sheet.
  var style: Markup {
    switch role {
    case .other: "other"
    case .chosenPrediction: "predicted"
    case .measured: "measured"
    }
  }
}
